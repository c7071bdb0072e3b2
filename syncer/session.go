package syncer

import (
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Config of a session. All fields are needed but the limits.
type Config struct {
	Network string
	Self    Peer
	Other   Peer // as its certificate names it
	Parent  bool // this end is the parent
	Tree    Tree
	Now     int64 // this device's clock when the link opened, Unix milliseconds

	Window int // batch bytes sent and not acknowledged; one batch may exceed it; 0: 1 MiB
	Chunk  int // batch bytes read at a time; 0: 256 KiB

	// Named is how many streams that are not held here the peer may name and
	// have remembered; 0: 65,536. MaxNamed says what a child needs.
	Named int
}

// marksPerMessage keeps Marks and Ack well under the transport's limit.
const marksPerMessage = 2000

// Session is one link's replication. It is not safe for concurrent use.
type Session struct {
	cfg Config

	// local is what is held here and in scope of the link.
	local map[change.Stream]*Entry

	// flows are the streams that either end has.
	//
	// Invariant: of those that this end does not hold no more than cfg.Named,
	// and those of which a batch was stored on this link.
	flows map[change.Stream]*flow

	named int // flows that the peer alone had when they were made
	marks int // that came

	// queue lists the streams that wait for their turn to send.
	//
	// Invariant: each stream once, those whose flow is queued or withdrawn;
	// local has an entry for each.
	queue []change.Stream

	window window

	// reading: a Load is under way.
	//
	// Invariant: exactly then one flow is loading.
	reading bool

	// introduced are the devices whose certificates the peer was sent.
	introduced map[change.DeviceID]bool

	met bool // Hello came

	// reads is the latest version of a batch that the peer reads.
	reads uint8

	// marked: all Marks came.
	//
	// Invariant: only then is anything read or sent.
	marked bool

	out []Effect // of the present step
}

// NewSession returns a session that waits for Opened.
func NewSession(cfg Config) *Session {
	if cfg.Window == 0 {
		cfg.Window = 1 << 20
	}
	if cfg.Chunk == 0 {
		cfg.Chunk = 256 << 10
	}
	if cfg.Named == 0 {
		cfg.Named = 1 << 16
	}
	return &Session{cfg: cfg, local: map[change.Stream]*Entry{}, flows: map[change.Stream]*flow{},
		window: window{limit: cfg.Window}, introduced: map[change.DeviceID]bool{}}
}

// Streams is how many streams a session can have to do with: those that are held
// here and cross its link, and those that the peer may name besides.
func (s *Session) Streams() int { return len(s.local) + s.cfg.Named }

// Step takes one event and returns what to do, in order. The slice is the
// caller's until the next Step.
func (s *Session) Step(ev Event) []Effect {
	s.out = nil
	switch e := ev.(type) {
	case Opened:
		s.opened(e.Local)
	case Received:
		s.received(e.Message)
	case Grew:
		s.grew(e.Local)
	case Stored:
		s.stored(e.Results)
	case Loaded:
		s.loaded(e)
	case LoadedReceipt:
		s.loadedReceipt(e)
	case Ended:
		s.send(Traced{Stream: e.Stream, Ends: e.Ends})
	case Matched:
		s.matched(e)
	}
	s.pump()
	return s.out
}

// Idle reports whether nothing is left to send: the peer acknowledged
// everything in scope, or had it.
func (s *Session) Idle() bool {
	return s.marked && s.window.used == 0 && !s.reading && len(s.queue) == 0
}

func (s *Session) emit(e Effect)  { s.out = append(s.out, e) }
func (s *Session) send(m Message) { s.emit(Send{Message: m}) }
func (s *Session) fail(err error) { s.emit(Fail{Err: err}) }
func (s *Session) outward() access.Direction {
	if s.cfg.Parent {
		return access.Down
	}
	return access.Up
}

// child is the unit at the lower end of the link.
func (s *Session) child() change.UnitID {
	if s.cfg.Parent {
		return s.cfg.Other.Unit
	}
	return s.cfg.Self.Unit
}

func (s *Session) sends(e *Entry) bool {
	return access.Bring(s.cfg.Tree, s.outward(), s.child(), e.Author, e.Stream.Audience)
}

// crosses reports whether the stream is in scope in either direction.
func (s *Session) crosses(e *Entry) bool {
	return access.Bring(s.cfg.Tree, access.Up, s.child(), e.Author, e.Stream.Audience) ||
		access.Bring(s.cfg.Tree, access.Down, s.child(), e.Author, e.Stream.Audience)
}

func (s *Session) flow(of change.Stream) *flow {
	f := s.flows[of]
	if f == nil {
		f = &flow{state: idle, theirs: Have{Stream: of}}
		s.flows[of] = f
	}
	return f
}

// remember is the flow of a stream that the peer names. It is nil, and what the peer
// said is of no use, when the stream is not held here and either cannot cross this
// link or is one too many: then the peer is sent what it may have already.
func (s *Session) remember(h Have) *flow {
	if f := s.flows[h.Stream]; f != nil || s.local[h.Stream] != nil {
		return s.flow(h.Stream)
	}
	if s.named >= s.cfg.Named || h.Stream.Incarnation > MaxIncarnation || h.Mark.Seq > MaxSeq ||
		!access.Bring(s.cfg.Tree, access.Down, s.child(), "", h.Stream.Audience) {
		return nil
	}
	s.named++
	return s.flow(h.Stream)
}

func (s *Session) opened(local []Entry) {
	s.send(Hello{Version: Version, Network: s.cfg.Network, Peer: s.cfg.Self, Now: s.cfg.Now, Batch: change.BatchColumns})
	s.addLocal(local)
	var have []Have
	for i := range local {
		if !s.crosses(&local[i]) {
			continue
		}
		if have = append(have, local[i].Have()); len(have) == marksPerMessage {
			s.send(Marks{Have: have})
			have = nil
		}
	}
	s.send(Marks{Have: have, Last: true})
}

// addLocal keeps the entries that are in scope of this link, and no others: a
// city has thousands of links and thousands of streams.
func (s *Session) addLocal(local []Entry) {
	for i := range local {
		if s.crosses(&local[i]) {
			if held := s.local[local[i].Stream]; held != nil {
				*held = local[i]
				continue
			}
			e := local[i] // a copy, so that the list can be freed
			s.local[e.Stream] = &e
		}
	}
}

func (s *Session) grew(local []Entry) {
	s.addLocal(local)
	if !s.marked {
		return
	}
	for i := range local {
		s.offer(&local[i])
	}
}

func (s *Session) hello(h Hello) {
	switch {
	case s.met:
		s.fail(fault.New(fault.Invalid, "the peer said hello twice"))
	case h.Version != Version:
		s.fail(fault.New(fault.Unsupported, "the peer speaks version %d of the protocol, this build %d", h.Version, Version))
	case h.Network != s.cfg.Network:
		s.fail(fault.New(fault.Denied, "the peer belongs to another network"))
	case h.Peer != s.cfg.Other:
		s.fail(fault.New(fault.Denied, "the peer names itself otherwise than its certificate"))
	default:
		s.met, s.reads = true, max(h.Batch, change.BatchRows) // an older one does not say
		s.emit(Met{Hello: h})
	}
}
