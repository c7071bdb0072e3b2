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

// Item is one object of the input, as it was written: ten thousand decoded
// ones would fill a small computer's memory. Line counts from 1.
type Item struct {
	Line int
	JSON []byte
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
	return fault.New(fault.Invalid, "line %d: not a JSON object: %s", line, why).
		WithHint("one JSON object a line; nothing was written")
}

// readItem takes an object that begins on the line. complete is false when it
// goes on in the next line.
func readItem(raw []byte, line int) (item Item, complete bool, err error) {
	if len(raw) > MaxLine {
		return item, false, badJSON(line, "it is too long or not closed")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	var object json.RawMessage
	why := d.Decode(&object)
	if errors.Is(why, io.ErrUnexpectedEOF) || errors.Is(why, io.EOF) {
		return item, false, nil
	}
	if why == nil && len(bytes.TrimSpace(raw[d.InputOffset():])) > 0 {
		why = errors.New("something follows the object")
	}
	if why != nil {
		return item, false, badJSON(line, plainly(why))
	}
	return Item{Line: line, JSON: object}, true, nil
}

// decode reads the object and takes its id out; "" is a new record's.
func (i *Item) decode() (object map[string]any, id change.RecordID, err error) {
	d := json.NewDecoder(bytes.NewReader(i.JSON))
	d.UseNumber()
	object = map[string]any{}
	if why := readObject(d, object); why != nil {
		return nil, "", fault.New(fault.Invalid, "not a JSON object: %s", plainly(why)).WithHint("one JSON object a line; nothing was written")
	}
	given, ok := object["id"]
	if !ok {
		return object, "", nil
	}
	delete(object, "id")
	text, ok := given.(string)
	if !ok || text == "" {
		return nil, "", fault.New(fault.Invalid, "the id is not a text")
	}
	return object, change.RecordID(text), nil
}

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
