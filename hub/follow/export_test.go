package follow

// Bounds of a follower that was narrowed.
const (
	JudgedAtOnce  = 4 // changes
	AppliedAtOnce = 8 // changes, and how many may wait for the view
)

// Narrow has the follower take little at a time, so that few batches fill it.
func (f *Follower) Narrow() {
	f.bounds = bounds{judge: limits{arrivals: 2, changes: JudgedAtOnce}, view: limits{arrivals: 4, changes: AppliedAtOnce}}
	f.shared.limit = AppliedAtOnce
}

// Waiting is how many changes wait for the view.
func (f *Follower) Waiting() int {
	f.shared.mu.Lock()
	defer f.shared.mu.Unlock()
	return f.shared.changes
}
