package visit

// Wrong is what a page says of a short form that could not be taken as it was.
type Wrong struct {
	Error string
	Field string // that the error is about; "": none of them
}

// At is the error that stands at a field; "": none.
func (w Wrong) At(field string) string {
	if w.Field != field {
		return ""
	}
	return w.Error
}
