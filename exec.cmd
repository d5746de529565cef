@rem The npm scripts begin with `exec`, so that a signal reaches Node and not a shell in between; Windows has no such word.
@%*
