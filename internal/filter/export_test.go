package filter

// Fields are the canonical names the filter speaks of, sorted, once each.
func (e *Expr) Fields() []string { return e.fields }
