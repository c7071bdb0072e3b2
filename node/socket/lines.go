package socket

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"tongbu/internal/fault"
)

// endTrailer carries the End of an answer of lines, in JSON, behind its body: no
// line of data can be mistaken for it, and an answer without it was cut.
const endTrailer = "Tongbu-End"

// End is how an answer of lines ended.
type End struct {
	Lines   int      `json:"lines"` // that were sent
	Failure *Failure `json:"failure,omitempty"`
}

// flushEvery is how many lines are buffered at most.
const flushEvery = 1000

// handleLines answers with JSON Lines, each written as soon as it is there, and
// the typed end behind them.
func handleLines(fn func(r *http.Request, tell func(line any) error) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", endTrailer)
		w.Header().Set("Content-Type", "application/x-ndjson")
		end := End{}
		err := fn(r, func(line any) error {
			if err := json.NewEncoder(w).Encode(line); err != nil {
				return fault.As(fault.Canceled, "answer the command line", err)
			}
			if end.Lines++; end.Lines%flushEvery == 0 {
				_ = http.NewResponseController(w).Flush() // what is not flushed comes with the rest
			}
			return nil
		})
		if err != nil {
			f := FailureOf(err)
			end.Failure = &f
		}
		raw, _ := json.Marshal(end) // numbers and texts: cannot fail
		w.Header().Set(endTrailer, string(raw))
	}
}

// Lines calls and passes on each line of the answer, with its line feed, good
// until fn returns. A failure of the server comes back with its kind and hint, an
// answer that was cut as Unavailable.
func (c *Client) Lines(ctx context.Context, method, path string, body io.Reader, fn func(line []byte) error) error {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	lines := bufio.NewReaderSize(resp.Body, 64<<10)
	for n := 0; ; n++ {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return checkEnd(resp.Trailer.Get(endTrailer), n)
		}
		if err != nil {
			return errCut
		}
		if err := fn(line); err != nil {
			return err
		}
	}
}

// readLine reads one line, whose length the server bounds.
func readLine(lines *bufio.Reader) ([]byte, error) {
	line, err := lines.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	begun := append([]byte{}, line...) // before its place is read into again
	rest, err := lines.ReadBytes('\n')
	return append(begun, rest...), err
}

var errCut = fault.New(fault.Unavailable, "the serving process went away").WithHint("what was answered is saved; the same file may be put again, and nothing is there twice")

func checkEnd(trailer string, lines int) error {
	var end End
	if json.Unmarshal([]byte(trailer), &end) != nil || end.Lines != lines {
		return errCut
	}
	if end.Failure != nil {
		return end.Failure.Err()
	}
	return nil
}
