package doctor

import (
	"context"
	"net/http"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/tree"
	"tongbu/node/nightly"
	"tongbu/node/operate"
	"tongbu/node/operate/service"
	"tongbu/node/socket"
)

// facts are what the checks go by. They only read them.
type facts struct {
	Options
	place     identity.Placement
	isHub     bool
	isRoot    bool
	config    config.Config
	configErr error
	served    bool
	askErr    error             // why the process that serves the directory did not answer
	status    *operate.Status   // nil: nobody knows it
	asOf      time.Time         // of the status
	addresses []operate.Address // of the hubs above, as the process knows them
	nights    nightly.Results
	nightsErr error
}

// answerLimit is how long a serving process may take to answer.
const answerLimit = 5 * time.Second

func gather(ctx context.Context, o Options) (*facts, error) {
	place, err := identity.PlacementOf(o.Dir)
	if err != nil {
		return nil, err
	}
	f := &facts{Options: o, place: place, isHub: tree.Level(place.Level) != tree.Community, isRoot: place.Unit == place.RootUnit}
	f.config, f.configErr = settings(o)
	f.ask(ctx)
	if f.status != nil && f.served {
		f.nights = nightly.Results{Verify: f.status.Nightly.Verify.Entry, Backup: f.status.Nightly.Backup.Entry}
		return f, ctx.Err()
	}
	f.nights, f.nightsErr = nightly.Read(o.Dir)
	if stood, err := operate.ReadStanding(o.Dir); err == nil {
		f.status, f.asOf = &stood.Status, stood.At
	}
	return f, ctx.Err()
}

// ask asks the process that serves the directory.
func (f *facts) ask(ctx context.Context) {
	ctx, end := context.WithTimeout(ctx, min(answerLimit, f.Limit))
	defer end()
	c, err := socket.Dial(ctx, f.Dir)
	if err != nil {
		f.served, f.askErr = fault.Of(err) != fault.NotFound, err
		return
	}
	defer c.Close()
	f.served = true
	var st operate.Status
	if f.askErr = c.JSON(ctx, http.MethodGet, "/status", nil, &st); f.askErr != nil {
		return
	}
	f.status, f.asOf = &st, f.Now().UTC()
	if !f.isRoot {
		_ = c.JSON(ctx, http.MethodGet, "/address", nil, &f.addresses) // those of the certificate's grant are known besides
	}
}

// process says whether the directory is served, and by what.
func process(_ context.Context, f *facts) []Finding {
	switch {
	case f.served && f.status == nil || f.served && f.askErr != nil:
		return one(bad("", kindOr(f.askErr, fault.Unavailable), say("the process that serves the directory does not answer: %s", line(oneLine(f.askErr.Error()))),
			say("wait a minute and look again; if it stays so, stop the process and start it again")))
	case !f.served:
		last := say("no process serves the directory")
		if at := tier.LastServed(f.Dir); !at.IsZero() {
			last = say("no process serves the directory; one did until %s", clockTime(at))
		}
		if f.Service != nil {
			if stopped := unserved(f.Service(), last); stopped != nil {
				return stopped
			}
		}
		return one(warn(last, say("start it: tongbu serve --dir DIR")))
	}
	up := span(time.Duration(f.status.Process.UptimeS * float64(time.Second)))
	if ran := f.status.Program; ran != "" && ran != f.Program {
		return one(warn(say("process %d has served for %s, and is of version %s; this program is %s", f.status.Process.PID, up, ran, f.Program), say("start the service again to use this program")))
	}
	return one(ok(say("process %d has served for %s", f.status.Process.PID, up)))
}

// unserved says that the service which is to serve the directory does not; nil where none
// is installed, or it is being started.
func unserved(s Service, last Text) []Finding {
	switch s.State {
	case service.Failed:
		return one(bad("", fault.Unavailable, say("the service %s has failed: %s", s.Name, last), say("%s, and start it again", line(s.Where))))
	case service.Inactive:
		return one(bad("", fault.Unavailable, say("the service %s is stopped: %s", s.Name, last), say("start it")))
	}
	return nil
}

// kindOr is the kind of an error, or another one where it says nothing.
func kindOr(err error, other fault.Kind) fault.Kind {
	if kind := fault.Of(err); kind != fault.OK && kind != fault.Internal {
		return kind
	}
	return other
}

// clockTime is how people read a time.
func clockTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04 -07:00") }

// then says of when a finding is that only a process can have made; zero: of now.
func (f *facts) then(what Text) Text {
	if f.served && f.askErr == nil || f.asOf.IsZero() {
		return what
	}
	return say("%s, as of %s", what, clockTime(f.asOf))
}
