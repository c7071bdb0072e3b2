package capture

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Limits of one input, so that it can be checked as a whole before anything
// of it is written.
const (
	MaxLine  = 256 << 10
	MaxInput = 256 << 20
)

// Item is one object of the input. Line counts from 1.
type Item struct {
	Line   int
	ID     change.RecordID // empty: a new record
	Object map[string]any
}

// ReadLines reads one JSON object or JSON Lines. Blank lines are skipped. It
// returns Invalid with the number of the line at fault, never its content.
func ReadLines(r io.Reader) ([]Item, error) {
	lines := bufio.NewScanner(io.LimitReader(r, MaxInput+1))
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	var items []Item
	var whole bytes.Buffer // an object may be spread over lines
	total, first := 0, 1
	for n := 1; lines.Scan(); n++ {
		if total += len(lines.Bytes()) + 1; total > MaxInput {
			return nil, fault.New(fault.Invalid, "the input has more than %d MiB", MaxInput>>20).WithHint("split it")
		}
		if whole.Len() == 0 {
			first = n
		}
		whole.Write(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		whole.WriteByte('\n')
		if len(bytes.TrimSpace(whole.Bytes())) == 0 {
			whole.Reset()
			continue
		}
		item, complete, err := readItem(whole.Bytes(), first)
		if err != nil {
			return nil, err
		}
		if complete {
			items = append(items, item)
			whole.Reset()
		}
	}
	return items, ending(lines.Err(), whole.Len(), first)
}

func ending(err error, left, line int) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return fault.New(fault.Invalid, "a line is longer than %d KiB", MaxLine>>10)
	case err != nil:
		return fault.Wrap("read the input", err)
	case left > 0:
		return badJSON(line, "the object is not closed")
	}
	return nil
}

func badJSON(line int, why string) error {
	return fault.New(fault.Invalid, "line %d is not a JSON object: %s", line, why).
		WithHint("one JSON object a line; nothing was written")
}

// readItem reads an object that begins on the line. complete is false when
// it goes on in the next line; only the first may.
func readItem(raw []byte, line int) (item Item, complete bool, err error) {
	if len(raw) > MaxLine {
		return item, false, badJSON(line, "it is too long or not closed")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	item = Item{Line: line, Object: map[string]any{}}
	why := readObject(d, item.Object)
	if errors.Is(why, io.ErrUnexpectedEOF) || errors.Is(why, io.EOF) {
		return item, false, nil
	}
	if why == nil && len(bytes.TrimSpace(rest(d, raw))) > 0 {
		why = errors.New("something follows the object")
	}
	if why != nil {
		return item, false, badJSON(line, plainly(why))
	}
	return item, true, item.takeID()
}

func rest(d *json.Decoder, raw []byte) []byte { return raw[d.InputOffset():] }

// plainly leaves out what encoding/json quotes from the input: it may be
// personal.
func plainly(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return "a syntax error"
	}
	return err.Error()
}

// readObject reads one object and refuses a key that comes twice: two readers
// could take different ones.
func readObject(d *json.Decoder, object map[string]any) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return errors.New("it does not begin with {")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if _, twice := object[name]; twice {
			return errors.New("a field is given twice")
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return err
		}
		object[name] = value
	}
	_, err := d.Token()
	return err
}

func (i *Item) takeID() error {
	id, given := i.Object["id"]
	if !given {
		return nil
	}
	text, ok := id.(string)
	if !ok || text == "" {
		return fault.New(fault.Invalid, "line %d: the id is not a text", i.Line)
	}
	delete(i.Object, "id")
	i.ID = change.RecordID(text)
	return nil
}
