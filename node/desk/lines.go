package desk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Limits of one input, so that it can be checked as a whole before anything
// of it is written.
const (
	MaxLine  = 256 << 10
	MaxInput = 256 << 20
	MaxItems = 1 << 20 // objects: an empty one has two bytes, and takes a hundred while it is checked
)

// Item is one object of the input, as it was written: ten thousand decoded
// ones would fill a small computer's memory. Line counts from 1.
type Item struct {
	Line int
	JSON []byte
}

// ReadLines reads one JSON object or JSON Lines, in UTF-8. An object may be
// spread over lines; blank lines are skipped. It returns Invalid with the
// number of the line at fault, never its content, and where there is no object at all.
func ReadLines(r io.Reader) ([]Item, error) { return readLines(r, MaxItems) }

func readLines(r io.Reader, most int) ([]Item, error) {
	lines := bufio.NewScanner(io.LimitReader(r, MaxInput+1))
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	var items []Item
	var o pending
	total, n := 0, 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if total += len(line) + 1; total > MaxInput {
			return nil, fault.New(fault.Invalid, "the input has more than %d MiB", MaxInput>>20).WithHint("split it")
		}
		if err := o.addLine(n, line); err != nil {
			return nil, err
		}
		if o.complete() {
			item, err := o.parseItem()
			if err != nil {
				return nil, err
			}
			if len(items) == most {
				return nil, fault.New(fault.Invalid, "the input has more than %d objects", most).WithHint("split it; nothing was written")
			}
			items = append(items, item)
			o = pending{}
		}
	}
	if err := o.checkEnd(lines.Err(), n); err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fault.New(fault.Invalid, "nothing was given").WithHint("one JSON object a line")
	}
	return items, nil
}

// pending is an unfinished object, with how deep it is nested so far: it is parsed
// once, at its end, however many lines it has.
type pending struct {
	first   int // line it begins on, from 1; 0: not yet
	raw     []byte
	depth   int
	text    bool // within a string
	escaped bool
}

func (o *pending) addLine(n int, line []byte) error {
	switch {
	case !utf8.Valid(line):
		return badJSON(n, "it is not UTF-8").WithHint("save the file as UTF-8; nothing was written")
	case o.first == 0 && len(bytes.TrimSpace(line)) == 0:
		return nil
	case o.first == 0:
		o.first = n
	}
	if len(o.raw)+len(line) > MaxLine {
		return badJSON(o.first, "it is too long or not closed")
	}
	o.raw = append(append(o.raw, line...), '\n')
	for _, c := range line {
		o.scanByte(c)
	}
	return nil
}

func (o *pending) scanByte(c byte) {
	switch {
	case o.escaped:
		o.escaped = false
	case o.text:
		o.escaped, o.text = c == '\\', c != '"'
	case c == '"':
		o.text = true
	case c == '{' || c == '[':
		o.depth++
	case c == '}' || c == ']':
		o.depth--
	}
}

// complete reports whether the object has ended. No string goes on in the next
// line, so one that is open is at fault, and ends it too.
func (o *pending) complete() bool { return o.first > 0 && (o.depth <= 0 || o.text) }

func (o *pending) parseItem() (Item, error) {
	d := json.NewDecoder(bytes.NewReader(o.raw))
	var raw json.RawMessage
	why := d.Decode(&raw)
	switch {
	case why != nil:
	case raw[0] != '{':
		why = errors.New("it does not begin with {")
	case len(bytes.TrimSpace(o.raw[d.InputOffset():])) > 0:
		why = errors.New("something follows the object")
	}
	if why != nil {
		return Item{}, badJSON(o.first, withoutInput(why))
	}
	return Item{Line: o.first, JSON: raw}, nil
}

func (o *pending) checkEnd(err error, lines int) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return fault.New(fault.Invalid, "line %d is longer than %d KiB", lines+1, MaxLine>>10)
	case err != nil:
		return fault.Wrap("read the input", err)
	case o.first > 0:
		return badJSON(o.first, "the object is not closed")
	}
	return nil
}

func badJSON(line int, why string) *fault.Error {
	return fault.New(fault.Invalid, "line %d: not a JSON object: %s", line, why).
		WithHint("one JSON object a line; nothing was written")
}

// typed is what an item says.
type typed struct {
	object  map[string]any  // without id and version
	id      change.RecordID // "" where none is given
	version string          // of the record as it was read; "" where none is given
}

// decode reads an item: an object of fields, or one as Get shows it.
func (i *Item) decode() (t typed, err error) {
	object := readQuickly(i.JSON)
	if object == nil {
		object, err = readCarefully(i.JSON)
	}
	if err != nil {
		return t, fault.New(fault.Invalid, "not a JSON object: %s", withoutInput(err)).WithHint("one JSON object a line; nothing was written")
	}
	t.object = unwrapShown(object)
	id, given, err := cutText(t.object, "id")
	if err == nil && given && id == "" {
		err = fault.New(fault.Invalid, "the id is not a text").WithHint("leave it out and one is made")
	}
	if err != nil {
		return t, err
	}
	t.id = change.RecordID(id)
	t.version, given, err = cutText(t.object, "version")
	if err == nil && given && t.version == "" {
		err = fault.New(fault.Invalid, "the version is empty").WithHint("leave it out, or give the one that tongbu get shows")
	}
	return t, err
}

// unwrapShown makes an object of fields of one that Get or List showed. What it says
// beside the fields is not for people to change.
func unwrapShown(object map[string]any) map[string]any {
	fields, shown := object["fields"].(map[string]any)
	if !shown {
		return object
	}
	for _, name := range []string{"fields", "unit", "state", "void", "conflicts", "findings", "explained", "refused"} {
		delete(object, name)
	}
	maps.Copy(fields, object)
	return fields
}

// cutText takes a text out of an object; null is none.
func cutText(object map[string]any, name string) (text string, given bool, err error) {
	value, given := object[name]
	delete(object, name)
	if value == nil {
		return "", false, nil
	}
	text, ok := value.(string)
	if !ok {
		return "", given, fault.New(fault.Invalid, "the %s is not a text", name).WithHint("write it in quotes")
	}
	return text, given, nil
}

// withoutInput leaves out what encoding/json quotes from the input: it may be
// personal.
func withoutInput(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return "a syntax error"
	}
	return err.Error()
}

// readQuickly reads an object at once, which takes a third of the time; nil for one in
// which a key may come twice, or that has fields in fields: readObject reads those. An
// import reads each row so.
func readQuickly(raw []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var object map[string]any
	if d.Decode(&object) != nil || len(object) != countKeys(raw[:d.InputOffset()]) {
		return nil // the careful reading says what is wrong
	}
	if _, shown := object["fields"]; shown {
		return nil
	}
	return object
}

func readCarefully(raw []byte) (map[string]any, error) {
	object, d := map[string]any{}, json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return object, readObject(d, object)
}

// countKeys counts the keys of an object, without those of objects in it.
func countKeys(raw []byte) (n int) {
	var o pending
	for _, c := range raw {
		if c == ':' && o.depth == 1 && !o.text {
			n++
		}
		o.scanByte(c)
	}
	return n
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
		if object[name], err = readValue(d, name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// readValue reads the value of a key; of "fields" as strictly as the object itself.
func readValue(d *json.Decoder, name string) (value any, err error) {
	if name != "fields" {
		err = d.Decode(&value)
		return value, err
	}
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	d = json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if raw[0] != '{' {
		err = d.Decode(&value)
		return value, err
	}
	fields := map[string]any{}
	return fields, readObject(d, fields)
}
