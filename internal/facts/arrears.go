package facts

import (
	"fmt"

	"tongbu/internal/calendar"
	"tongbu/internal/flow"
)

const wageArrears = "2" // complaint_kind

// arrearsTask: wages that are owed on 1 December and later are to be paid before the Spring
// Festival. The list of these is that of the task.
func (f *family) arrearsTask(c *matter, e *Entry) {
	if c.Flow.Name != flow.Complaint || c.Ended || !e.is("kind", wageArrears) {
		return
	}
	year := calendar.Digits(f.day[:4])
	for _, y := range []int{year, year + 1} { // of the festival
		from, to := fmt.Sprintf("%04d-12-01", y-1), calendar.SpringFestival(y)
		if f.reached(from) && !f.reached(calendar.AddDays(to, 1)) {
			f.task(nil, todo{task: "arrears_open", level: c.tierOf(&c.clocks[0]), since: max(from, c.Steps[0].On), due: calendar.Before(to), by: e.ID, of: c})
		}
	}
}
