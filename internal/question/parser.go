package question

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func malformed(format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).WithHint("the program that answered may be of another version than this one")
}

// parser reads JSON token by token, so that nothing is kept before it is
// counted. What it says of a fault quotes nothing: answers hold personal data.
type parser struct{ d *json.Decoder }

func newParser(raw []byte) *parser {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return &parser{d}
}

func (p *parser) token() (json.Token, error) {
	t, err := p.d.Token()
	if err != nil {
		return nil, malformed("it is not JSON at byte %d", p.d.InputOffset())
	}
	return t, nil
}

// object calls member for each name; member reads its value.
func (p *parser) object(member func(name string) error) error {
	if t, err := p.token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return malformed("it has no object at byte %d", p.d.InputOffset())
	}
	for p.d.More() {
		t, err := p.token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // the decoder takes nothing else for a name
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := p.token()
	return err
}

// members is object for one that is no row. No name may come twice: two
// readers could take different ones.
func (p *parser) members(member func(name string) error) error {
	var seen []string
	return p.object(func(name string) error {
		if len(seen) == maxMembers || slices.Contains(seen, name) {
			return malformed("an object has a name twice, or more than %d", maxMembers)
		}
		seen = append(seen, name)
		return member(name)
	})
}

// array calls item for each, most of them at most; item reads one.
func (p *parser) array(most int, what string, item func() error) error {
	if t, err := p.token(); err != nil || t == nil {
		return err
	} else if t != json.Delim('[') {
		return malformed("it has no list at byte %d", p.d.InputOffset())
	}
	for n := 0; p.d.More(); n++ {
		if n == most {
			return malformed("it has more than %d %s", most, what)
		}
		if err := item(); err != nil {
			return err
		}
	}
	_, err := p.token()
	return err
}

// value reads a value as a column holds it.
func (p *parser) value() (change.Value, Type, error) {
	t, err := p.token()
	if err != nil {
		return change.Null, Unknown, err
	}
	value, kind := change.Null, Unknown
	switch x := t.(type) {
	case nil:
	case bool:
		value, kind = change.Bool(x), Boolean
	case string:
		value, kind = change.Text(x), Text
	case json.Number:
		n, err := x.Int64()
		if err != nil {
			return change.Null, Unknown, malformed("a number is no whole one of 64 bits")
		}
		value, kind = change.Int(n), Integer
	default:
		return p.set(t)
	}
	return value, kind, tooLong(len(value))
}

// set reads what follows the bracket.
func (p *parser) set(opening json.Token) (change.Value, Type, error) {
	if opening != json.Delim('[') {
		return change.Null, Unknown, malformed("a value is an object")
	}
	items, size := []string{}, 0
	for p.d.More() {
		t, err := p.token()
		if err != nil {
			return change.Null, Unknown, err
		}
		item, ok := t.(string)
		if !ok {
			return change.Null, Unknown, malformed("a set holds something else than texts")
		}
		if size += 1 + len(item); tooLong(size) != nil {
			return change.Null, Unknown, tooLong(size)
		}
		items = append(items, item)
	}
	if _, err := p.token(); err != nil {
		return change.Null, Unknown, err
	}
	value := change.Set(items)
	return value, Set, tooLong(len(value))
}

func tooLong(size int) error {
	if size > change.MaxValue {
		return malformed("a value has more than %d bytes", change.MaxValue)
	}
	return nil
}

func (p *parser) text(into *string) error { return p.decode(into, "a text") }

func (p *parser) count(into *int) error {
	if err := p.decode(into, "a count"); err != nil {
		return err
	}
	if *into < 0 {
		return malformed("a count is negative")
	}
	return nil
}

// time reads a time that can be written again.
func (p *parser) time(into *time.Time) error {
	if err := p.decode(into, "a time"); err != nil {
		return err
	}
	*into = into.UTC().Truncate(time.Second)
	if year := into.Year(); year < 0 || year > 9999 {
		return malformed("a time is of no year with four digits")
	}
	return nil
}

func (p *parser) decode(into any, what string) error {
	if p.d.Decode(into) != nil {
		return malformed("it has no %s at byte %d", what, p.d.InputOffset())
	}
	return nil
}

// skip passes over a member of a later version.
func (p *parser) skip() error {
	var unknown json.RawMessage
	return p.decode(&unknown, "JSON")
}

// end wants nothing behind the answer.
func (p *parser) end() error {
	if _, err := p.d.Token(); !errors.Is(err, io.EOF) {
		return malformed("something follows the answer")
	}
	return nil
}
