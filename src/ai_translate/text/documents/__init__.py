"""Documents taken apart into what is to be translated, and put together around translations."""
