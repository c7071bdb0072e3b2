package people

import "errors"

// fieldError is an error about one field of an account; it says what the error says.
type fieldError struct {
	field string
	error
}

// Unwrap gives the error itself.
func (e *fieldError) Unwrap() error { return e.error }

// at says which field an error is about; nil stays nil.
func at(field string, err error) error {
	if err == nil {
		return nil
	}
	return &fieldError{field, err}
}

// FieldOf is the field of an account that an error is about: login, name, role, until or
// password; "" for an error about none of them.
func FieldOf(err error) string {
	var e *fieldError
	if errors.As(err, &e) {
		return e.field
	}
	return ""
}
