package monitor

// parentLine tells of the line to the hubs above, which the city does not have.
func (c *collector) parentLine(o out) {
	r := c.Replica
	if r.IsRoot() {
		return
	}
	line := r.Uplink.Line()
	o.truth(parentUp, line.Connected)
	switch {
	case line.Connected:
		o.gauge(parentSilence, 0)
	case !line.LastSync.IsZero():
		o.gauge(parentSilence, r.Now().Sub(line.LastSync).Seconds())
	default: // not heard since the start
		open, _ := r.Uptime()
		o.gauge(parentSilence, open.Seconds())
	}
	t := r.Meter.Traffic()
	o.counter(parentReceived, float64(t.ReceivedBatches))
	o.counter(parentSent, float64(t.SentBatches))
	o.counter(parentBytesIn, float64(t.ReceivedBytes))
	o.counter(parentBytesOut, float64(t.SentBytes))
	reasons := noneRefused()
	for of, n := range r.Refused.Counts() {
		if !r.Members.Below(r.Place.Unit, of.From) {
			reasons[of.Kind.String()] += n
		}
	}
	for reason, n := range reasons {
		o.counter(parentRefused, float64(n), reason)
	}
}

// parentQueue tells what the hub above lacks, once one has said what it has: before,
// it would be guessed.
func (c *collector) parentQueue(o out) error {
	r := c.Replica
	has, said := r.Meter.Has()
	if r.IsRoot() || !said {
		return nil
	}
	var q queue
	for _, e := range r.Streams.Crossing(r.Place.Unit) {
		if r.Members.Below(r.Place.Unit, e.Author) {
			q.lack(e.Stream, has[e.Stream], max(e.Head, e.Sealed.Seq))
		}
	}
	if err := r.Journal.View(q.date); err != nil {
		return err
	}
	o.gauge(parentLacks, float64(q.changes))
	o.gauge(parentAge, q.age(r.Now().UnixMilli()))
	return nil
}
