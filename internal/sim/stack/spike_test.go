package stack_test

import (
	"testing"
	"testing/synctest"
	"time"
	"tongbu/internal/sim/stack"
	"tongbu/internal/testkit"
)

func TestSpike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stack.MustFound(t, stack.Options{Units: testkit.Units(), Beat: 10 * time.Minute})
		w.MustPopulate()
		t.Log("populated", time.Now())
		w.Devices[3].MustPut("a")
		w.Devices[4].MustFill(200)
		w.Pass(24 * time.Hour)
		st, err := w.Devices[4].Station.Status(false)
		t.Logf("%+v %v", st.Own, err)
		w.StopAll()
	})
}
