package serve

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer/wire"
)

// QueryAll implements the service. It sends from a goroutine of its own, as Sync does:
// whoever asks may stop reading, and a blocked Send returns only after the call has.
func (s *Server) QueryAll(req *pb.QueryAllRequest, stream pb.SyncService_QueryAllServer) error {
	who, err := s.caller(stream.Context(), s.rates.questions, asking)
	if err != nil {
		return wire.ToStatus(err)
	}
	defer s.calls.end(who.Device)
	q, err := wire.FromQuestion(req.GetQuestion())
	if err != nil {
		return wire.ToStatus(err)
	}
	expired := access.Active(access.Party{Device: who.Device, Expired: true})
	ctx, end := context.WithDeadlineCause(stream.Context(), who.Expires, expired)
	defer end()
	defer context.AfterFunc(s.ended, end)()
	out := &parts{send: make(chan *pb.QueryAllResponse), sent: make(chan error, 1)}
	defer close(out.send)
	s.pumps.Go(func() { out.pump(stream.Send) })
	return wire.ToStatus(s.handler.QueryAll(ctx, who.Member, q, out.tell))
}

// parts passes the parts of an answer to the goroutine that sends them.
type parts struct {
	columns []question.Column
	send    chan *pb.QueryAllResponse
	sent    chan error // room for one: the sender never waits
}

func (p *parts) pump(send func(*pb.QueryAllResponse) error) {
	for part := range p.send {
		p.sent <- send(part)
	}
}

// tell returns when the part has been sent, so that none is on its way when the call
// returns.
func (p *parts) tell(ctx context.Context, part question.Part) error {
	if part.Columns != nil {
		p.columns = part.Columns
	}
	return wire.EachPart(p.columns, part, func(out *pb.QueryAllResponse) error {
		select {
		case p.send <- out:
		case <-ctx.Done():
			return fault.Wrap("answer in parts", ctx.Err())
		}
		select {
		case err := <-p.sent:
			return wire.FromStatus("answer in parts", err)
		case <-ctx.Done():
			return fault.Wrap("answer in parts", ctx.Err())
		}
	})
}
