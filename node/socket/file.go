package socket

import (
	"io"
	"net/http"
)

// SendFile answers with the bytes of a file. A failure after the first of them
// breaks the answer off: the caller sees that it is cut.
func SendFile(w http.ResponseWriter, from io.Reader) {
	w.Header().Set("Content-Type", "application/octet-stream")
	if _, err := io.Copy(w, from); err != nil {
		panic(http.ErrAbortHandler)
	}
}
