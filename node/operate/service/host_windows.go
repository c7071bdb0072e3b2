package service

import (
	"context"
	"slices"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"

	"tongbu/internal/fault"
)

// Host runs the body, which calls ready once it serves. Where Windows has started this
// process as a service, which is what hosted says, it tells Windows how the body stands, ends it when Windows says
// so, and writes into the event log why it failed.
//
// The library's own loop says that a service runs before it does, and never hears that
// it has ended by itself.
func Host(ctx context.Context, hosted bool, name string, body func(ctx context.Context, ready func()) error) error {
	if !hosted {
		return body(ctx, func() {})
	}
	h := &handler{ctx: ctx, body: body}
	if err := svc.Run(name, h); err != nil {
		return fault.As(fault.Internal, "run as a service", err)
	}
	report(name, h.err)
	return h.err
}

// report writes a failure into the event log, under the name that Install has made known.
func report(name string, failure error) {
	if failure == nil {
		return
	}
	log, err := eventlog.Open(name)
	if err != nil {
		return // the program's own log has it
	}
	_ = log.Error(uint32(fault.Of(failure).ExitCode()), failure.Error())
	_ = log.Close()
}

type handler struct {
	ctx  context.Context // of the process: Windows' calls bring none
	body func(ctx context.Context, ready func()) error
	err  error
}

// startHint is how long Windows is to wait for the next sign of a start or a stop, in
// milliseconds. A view that is made again takes longer, but Windows does not end it.
const startHint = 60_000

// Execute implements svc.Handler. A failure after which another start would fail in the
// same way is told as an orderly end: Windows starts again after all others.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, says chan<- svc.Status) (bool, uint32) {
	says <- svc.Status{State: svc.StartPending, WaitHint: startHint}
	ctx, stop := context.WithCancel(h.ctx)
	defer stop()
	ready, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- h.body(ctx, func() { ready <- struct{}{} }) }() // joined below
	for {
		select {
		case <-ready:
			says <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				says <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				says <- svc.Status{State: svc.StopPending, WaitHint: startHint}
				stop()
			}
		case h.err = <-ended:
			code := fault.Of(h.err).ExitCode()
			if h.err == nil || slices.Contains(noRestart, code) {
				return false, 0
			}
			return true, uint32(code)
		}
	}
}
