package link

import (
	"context"
	"time"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// step gives the session an event and carries out its effects; what they read
// is the next event.
func (r *runner) step(ctx context.Context, ev syncer.Event) error {
	todo := r.session.Step(ev)
	for len(todo) > 0 {
		effect := todo[0]
		todo = todo[1:]
		answer, err := r.carryOut(ctx, effect)
		if err != nil {
			return err
		}
		if answer != nil {
			todo = append(todo, r.session.Step(answer)...)
		}
	}
	return nil
}

func (r *runner) carryOut(ctx context.Context, effect syncer.Effect) (syncer.Event, error) {
	switch e := effect.(type) {
	case syncer.Send:
		return nil, r.send(e.Message)
	case syncer.StoreBatch:
		r.waiting = append(r.waiting, e.Sealed)
	case syncer.StoreReceipt:
		r.signed = append(r.signed, e.Signed)
	case syncer.Learn:
		return nil, ignoreDenied(r.cfg.Streams.Learn(ctx, e.Certificate))
	case syncer.Seal:
		return nil, r.cfg.Streams.Seal(ctx, e.Stream)
	case syncer.Fail:
		return nil, e.Err
	case syncer.Load, syncer.LoadReceipt, syncer.Ends, syncer.Match:
		return r.read(e)
	default:
		r.notify(e)
	}
	return nil, nil
}

// ignoreDenied keeps the link up after a certificate that is not of this
// network: only the batches that need it are refused.
func ignoreDenied(err error) error {
	if fault.Of(err) == fault.Denied {
		return nil
	}
	return err
}

// read carries out an effect that reads, and returns the answer.
func (r *runner) read(effect syncer.Effect) (syncer.Event, error) {
	switch e := effect.(type) {
	case syncer.Load:
		batches, certificate, err := r.cfg.Streams.Load(e.Stream, e.After, e.Max)
		failpoint.Reach("link.batch.load")
		return syncer.Loaded{Stream: e.Stream, Batches: batches, Author: certificate, Err: err}, nil
	case syncer.LoadReceipt:
		receipt, certificate, err := r.cfg.Streams.LoadReceipt(e.Stream)
		if err != nil || receipt == nil {
			return nil, err
		}
		failpoint.Reach("link.receipt.load")
		return syncer.LoadedReceipt{Stream: e.Stream, Signed: receipt.Bytes(), City: receipt.City, Author: certificate}, nil
	case syncer.Ends:
		ends, err := r.cfg.Streams.Ends(e.Stream, e.Before)
		return syncer.Ended{Stream: e.Stream, Ends: ends}, err
	case syncer.Match:
		return r.cfg.Streams.Match(e.Stream, e.Ends)
	}
	return nil, nil
}

// notify tells the watch.
func (r *runner) notify(effect syncer.Effect) {
	w := r.cfg.Watch
	switch e := effect.(type) {
	case syncer.Met:
		w.Met(e.Hello.Peer, time.UnixMilli(e.Hello.Now).Sub(r.cfg.Now()))
	case syncer.Acked:
		failpoint.Reach("link.ack.receive")
		w.Acked(e.Have)
	case syncer.Heard:
		w.Heard(r.cfg.Session.Other, e.Reach)
	case syncer.Stopped:
		w.Stopped(e.Refuse)
	}
}
