package facts

import "tongbu/internal/flow"

// retireeTasks: the check of a retiree, who draws a pension for twelve months after the last
// proof; and the pension that was stopped, of who has passed a check since.
func (f *family) retireeTasks(m *member) {
	if !m.retired() || m.drawsNoMore() {
		return
	}
	check, stop := m.proof(), m.stopped()
	if stop != nil && check.day() >= stop.on {
		f.task(m, todo{task: "retiree_resume", level: flow.District, since: check.on, by: stop.ID})
	}
	from := check.day()
	if from == "" {
		from = m.date("retired_on")
	}
	if from != "" {
		f.clock(m, "retiree_check", from, m.ID)
	}
}

// proof is the last check that was passed, in whatever way; nil for none.
func (m *member) proof() *event {
	return last(m.events, func(e event) bool { return e.Kind == retireeCheck && e.is("result", checkPassed) })
}

// drawsNoMore reports whether the last check found that somebody has died or lost the right.
func (m *member) drawsNoMore() bool {
	check := last(m.events, func(e event) bool { return e.Kind == retireeCheck && e.has("result") })
	return check.entry().is("result", checkEnded...)
}

// stopped is the step that stopped the pension, nil where it runs.
func (m *member) stopped() *event {
	step := last(m.events, func(e event) bool { return e.Kind == retireeStep && e.is("step", "stopped", "resumed") })
	if step.entry().is("step", "stopped") {
		return step
	}
	return nil
}

// retireeStep is the last step of a name.
func (m *member) retireeStep(name string) *event {
	return last(m.events, func(e event) bool { return e.Kind == retireeStep && e.is("step", name) })
}

const (
	retireeCheck = "retiree_check"
	retireeStep  = "retiree_step"
)

// checkEnded: dead, or no longer entitled; of the list check_result.
var checkEnded = []string{"3", "4"}
