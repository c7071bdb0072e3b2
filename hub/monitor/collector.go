package monitor

import (
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tongbu/internal/durations"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// collector reads the directory when it is scraped. It is safe for concurrent use.
type collector struct{ Config }

var _ prometheus.Collector = (*collector)(nil)

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range figures {
		to <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out, and
// journal_up says so: the rest is wanted then most of all.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	o := out{to}
	unit := c.Replica.Members.Unit()
	o.gauge(buildInfo, 1, c.Program)
	o.gauge(unitInfo, 1, unit.Code, unit.Level.String())
	c.machine(o)
	c.clock(o)
	c.upkeep(o)
	c.parentLine(o)
	own, below, refused, err := c.Operate.Progress()
	if err == nil {
		o.gauge(unitRefuse, float64(refused))
		c.own(o, own)
		err = c.parentQueue(o)
	}
	if c.Hub != nil {
		if err == nil {
			err = c.children(o, below)
		}
		c.questions(o)
		if failed := c.view(o); err == nil {
			err = failed
		}
	}
	o.truth(journalUp, err == nil)
}

func (c *collector) own(o out, own operate.Own) {
	o.gauge(ownChanges, float64(own.Recorded), "recorded")
	o.gauge(ownChanges, float64(own.Refused), "refused")
	o.gauge(ownChanges, float64(own.Held), "held")
	o.gauge(ownChanges, float64(own.Waiting), "waiting")
}

// machine tells of the disk, the files and what they take.
func (c *collector) machine(o out) {
	disk := c.Operate.Disk()
	if disk.FreeBytes >= 0 {
		o.gauge(diskFree, float64(disk.FreeBytes))
	}
	o.gauge(diskReserve, float64(disk.ReserveBytes))
	o.truth(diskFull, disk.Refuses != "")
	for _, f := range c.Files {
		if info, err := os.Stat(f.Path); err == nil {
			o.gauge(fileSize, float64(info.Size()), f.Name)
		}
	}
	times := c.Replica.Journal.Times()
	o.histogram(journalCommit, times.Commit.Read())
	o.histogram(journalSync, times.Sync.Read())
	log := c.Replica.Lookups.Log()
	o.histogram(auditSync, log.Syncs().Read())
	o.counter(auditEntries, float64(log.Last().No))
	o.gauge(auditProblems, float64(len(log.State().Problems)))
	if held := c.Replica.Keys.Certificate(); held != nil {
		o.gauge(certificateEnd, seconds(held.NotAfter))
	}
}

func (c *collector) clock(o out) {
	j := c.Replica.Clocks.Compare()
	o.gauge(clockOffset, j.Offset.Seconds())
	o.truth(clockWrong, j.Verdict == replica.ClockWrong)
	o.gauge(clockCompared, float64(j.Asked))
	off := 0
	for _, other := range j.Others {
		if other.Wrong {
			off++
		}
	}
	o.gauge(clocksOff, float64(off))
}

func (c *collector) upkeep(o out) {
	if c.Upkeep == nil {
		return
	}
	u := c.Upkeep()
	o.gauge(backupDone, seconds(u.Backup.Done))
	o.truth(backupFailed, u.Backup.Failed)
	o.gauge(verifyDone, seconds(u.Verify.Done))
	o.truth(verifyFailed, u.Verify.Failed)
}

func (c *collector) questions(o out) {
	for outcome, took := range c.Hub.Asked().Read() {
		o.histogram(questionTime, took, outcome.String())
	}
	running, waiting := c.Hub.Asking()
	o.gauge(questionsRunning, float64(running))
	o.gauge(questionsWaiting, float64(waiting))
}

func (c *collector) view(o out) error {
	g, has, err := c.Hub.Following()
	if err != nil || !has {
		return err
	}
	o.gauge(viewPosition, float64(g.Applied))
	o.gauge(viewLag, float64(g.Last-g.Applied))
	o.gauge(journalArrivals, float64(g.Last))
	o.counter(viewRebuilds, float64(g.Rebuilds))
	o.histogram(viewApply, g.Apply)
	for kind, n := range g.Changes {
		o.counter(viewChanges, float64(n), kind)
	}
	return nil
}

// seconds is a time as Prometheus has it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// out takes figures.
type out struct{ to chan<- prometheus.Metric }

func (o out) gauge(d *prometheus.Desc, v float64, labels ...string) {
	o.send(d, func() (prometheus.Metric, error) {
		return prometheus.NewConstMetric(d, prometheus.GaugeValue, v, labels...)
	})
}

func (o out) truth(d *prometheus.Desc, v bool, labels ...string) {
	if v {
		o.gauge(d, 1, labels...)
		return
	}
	o.gauge(d, 0, labels...)
}

func (o out) counter(d *prometheus.Desc, v float64, labels ...string) {
	o.send(d, func() (prometheus.Metric, error) {
		return prometheus.NewConstMetric(d, prometheus.CounterValue, v, labels...)
	})
}

func (o out) histogram(d *prometheus.Desc, r durations.Reading, labels ...string) {
	o.send(d, func() (prometheus.Metric, error) {
		return prometheus.NewConstHistogram(d, r.Count, r.Sum, r.Buckets, labels...)
	})
}

// send has what cannot be a figure fail the scrape, which says of which it is.
func (o out) send(d *prometheus.Desc, made func() (prometheus.Metric, error)) {
	m, err := made()
	if err != nil {
		m = prometheus.NewInvalidMetric(d, err)
	}
	o.to <- m
}
