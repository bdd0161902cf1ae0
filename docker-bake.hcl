# The image for each architecture, with a cache of its own in a registry: see docs/building.md.
#
#   IMAGE=registry/ai-translate REGISTRY_CACHE=registry/ai-translate-cache docker buildx bake --push
#   docker buildx bake amd64 --load
#
# Each target can be built by a runner of its architecture. What makes one image of both:
#   docker buildx imagetools create --tag IMAGE:TAG IMAGE:TAG-amd64 IMAGE:TAG-arm64
#
# Every variable is that of the environment. An empty one is one that is not set.

variable "IMAGE" {
  default = "ai-translate"
}

variable "TAG" {
  default = "latest"
}

variable "BASE_IMAGE" {
  default = ""
}

variable "VERSION" {
  default = ""
}

variable "REVISION" {
  default = ""
}

# Public keys, of which one must have signed each model.
variable "AIT_REQUIRE_SIGNATURE" {
  default = ""
}

variable "SOURCE_DATE_EPOCH" {
  default = ""
}

# What steps of the build may reach, such as host. Read by buildx 0.17 and newer.
variable "NETWORK" {
  default = ""
}

# Where the caches of all stages lie, as REGISTRY_CACHE-amd64 and so on; without it, nowhere.
variable "REGISTRY_CACHE" {
  default = ""
}

# These are secrets of the build, by which neither a layer nor a provenance comes to know them.
variable "HF_ENDPOINT" {
  default = ""
}

variable "HF_TOKEN" {
  default = ""
}

# Files: pip's configuration, and trusted certificates.
variable "PIP_CONF" {
  default = ""
}

variable "CA_BUNDLE" {
  default = ""
}

group "default" {
  targets = ["image"]
}

target "image" {
  matrix = {
    architecture = ["amd64", "arm64"]
  }
  name      = architecture
  platforms = ["linux/${architecture}"]
  tags      = ["${IMAGE}:${TAG}-${architecture}"]
  network   = NETWORK != "" ? NETWORK : null
  # The Dockerfile has what is not given here.
  args = {
    BASE_IMAGE        = BASE_IMAGE != "" ? BASE_IMAGE : null
    VERSION           = VERSION != "" ? VERSION : null
    REVISION          = REVISION != "" ? REVISION : null
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH != "" ? SOURCE_DATE_EPOCH : null

    AIT_REQUIRE_SIGNATURE = AIT_REQUIRE_SIGNATURE != "" ? AIT_REQUIRE_SIGNATURE : null
  }
  secret = compact([
    HF_ENDPOINT != "" ? "id=hf_endpoint,env=HF_ENDPOINT" : "",
    HF_TOKEN != "" ? "id=hf_token,env=HF_TOKEN" : "",
    PIP_CONF != "" ? "id=pip_conf,src=${PIP_CONF}" : "",
    CA_BUNDLE != "" ? "id=ca_bundle,src=${CA_BUNDLE}" : "",
  ])
  cache-from = compact([
    REGISTRY_CACHE != "" ? "type=registry,ref=${REGISTRY_CACHE}-${architecture}" : "",
  ])
  cache-to = compact([
    REGISTRY_CACHE != "" ? "type=registry,mode=max,image-manifest=true,ref=${REGISTRY_CACHE}-${architecture}" : "",
  ])
}
