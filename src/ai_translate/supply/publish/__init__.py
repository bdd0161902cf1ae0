"""Artifacts as versions in Artifactory: published, listed, promoted.

A version is a revision of a repository in Hugging Face format, whose files are those of an
artifact, with its provenance and a card for people:

    manifest.json      its sha256 is the artifact's digest
    model.bin …        the files that the manifest names
    provenance.json    what the artifact was made from, and how well it translates
    README.md          the card

A name of a revision can be given again there, so that a version is nothing but a name: what is
trusted is the digest, which is looked at before and after everything.
"""
