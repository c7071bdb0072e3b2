package merge

// Winner returns the field's winning write; false when it was never written.
func (r *Record) Winner(field string) (Write, bool) {
	f := r.find(field)
	if f == nil {
		return Write{}, false
	}
	return f.writes[0].export(field), true
}
