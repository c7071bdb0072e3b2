package alerts_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"tongbu/internal/test/figures"
)

// book is what Prometheus keeps of scrapes.
type book struct{ series map[string]*line }

// line is one series.
type line struct {
	labels  labels.Labels
	samples []chunks.Sample
}

// point is one sample.
type point struct {
	at    int64 // Unix milliseconds
	value float64
}

var _ chunks.Sample = point{}

func (p point) T() int64                      { return p.at }
func (p point) ST() int64                     { return 0 }
func (p point) F() float64                    { return p.value }
func (p point) H() *histogram.Histogram       { return nil }
func (p point) FH() *histogram.FloatHistogram { return nil }
func (p point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample           { return p }

// add keeps a scrape of an instance.
func (b *book) add(instance string, at time.Time, s figures.Scrape) {
	if b.series == nil {
		b.series = map[string]*line{}
	}
	for _, one := range s {
		text := map[string]string{"__name__": one.Name, "instance": instance, "job": "tongbu"}
		for name, value := range one.Labels {
			text[name] = value
		}
		ls := labels.FromMap(text)
		key := ls.String()
		if b.series[key] == nil {
			b.series[key] = &line{labels: ls}
		}
		b.series[key].samples = append(b.series[key].samples, point{at.UnixMilli(), one.Value})
	}
}

var (
	_ storage.Queryable = (*book)(nil)
	_ storage.Querier   = (*book)(nil)
)

// Querier implements storage.Queryable: of all that is kept the engine takes its part.
func (b *book) Querier(int64, int64) (storage.Querier, error) { return b, nil }

// Select implements storage.Querier.
func (b *book) Select(_ context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var found []storage.Series
	for _, l := range b.series {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(l.labels.Get(m.Name)) }) {
			found = append(found, storage.NewListSeries(l.labels, within(l.samples, hints)))
		}
	}
	slices.SortFunc(found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return &set{of: found, at: -1}
}

func within(all []chunks.Sample, hints *storage.SelectHints) (part []chunks.Sample) {
	for _, s := range all {
		if hints == nil || s.T() >= hints.Start && s.T() <= hints.End {
			part = append(part, s)
		}
	}
	return part
}

// LabelValues implements storage.Querier; no rule asks.
func (b *book) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames implements storage.Querier; no rule asks.
func (b *book) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close implements storage.Querier.
func (b *book) Close() error { return nil }

// set is what was selected.
type set struct {
	of []storage.Series
	at int
}

func (s *set) Next() bool                        { s.at++; return s.at < len(s.of) }
func (s *set) At() storage.Series                { return s.of[s.at] }
func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

// replaced is a question of the dashboard as Grafana asks it for all.
func replaced(query string) string {
	return strings.NewReplacer("$job", ".*", "$instance", ".*", "$__rate_interval", "1h").Replace(query)
}
