package pages

import (
	"bufio"
	"net/http"

	"tongbu/internal/fault"
)

// heldBack is how much of a long page is made before its first byte is sent.
const heldBack = 16 << 10

// Stream is Write for a page that is long: it is sent while it is made. What goes wrong
// before the first byte is sent is an error, as at Write; after that the connection is
// broken off, so that no browser takes half a page for the whole.
func (s *Shell) Stream(w http.ResponseWriter, name string, p *Page) error {
	t, err := s.page(name, p.Lang)
	if err != nil {
		return err
	}
	out := &stream{w: w, p: p}
	b := bufio.NewWriterSize(out, heldBack)
	if err = t.ExecuteTemplate(b, p.layout(), p); err == nil {
		err = b.Flush()
	}
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // who asked may have gone, too
	}
	return fault.Wrap("make a page", err)
}

// stream is where a long page goes.
type stream struct {
	w     http.ResponseWriter
	p     *Page
	begun bool // something was sent
}

func (s *stream) Write(b []byte) (int, error) {
	if s.begun {
		return s.w.Write(b)
	}
	s.begun = true
	announce(s.w, s.p.Lang)
	n, err := s.w.Write(b)
	_ = http.NewResponseController(s.w).Flush() // what compresses would hold it back; where that cannot be, it does
	return n, err
}
