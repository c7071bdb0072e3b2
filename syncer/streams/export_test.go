package streams

import "tongbu/internal/change"

// Touch names a stream whose changes or receipt fn changed.
func (w *Writer) Touch(s change.Stream) { w.touch(s) }

// NextIncarnation chooses a number for a new incarnation.
var NextIncarnation = nextIncarnation
