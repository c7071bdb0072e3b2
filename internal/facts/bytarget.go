package facts

import (
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
)

// TargetFigure says by which figure a target is told.
type TargetFigure struct {
	Line    string `yaml:"line"`    // code of target_line
	Measure string `yaml:"measure"` // code of measure
	Figure  string `yaml:"figure"`  // NAME/GROUP
}

// targetFigures are those of the file, in its order.
var targetFigures = sync.OnceValue(func() []TargetFigure {
	var doc struct {
		Targets []TargetFigure `yaml:"targets"`
	}
	if yaml.Unmarshal(indicatorsFile, &doc) != nil {
		return nil // the file is part of the program, and a test reads it
	}
	return doc.Targets
})

// MeasureOf is the measure in which a target of a line is that says none; "" where the line
// has no figure.
func MeasureOf(line string) string {
	if i := slices.IndexFunc(targetFigures(), func(t TargetFigure) bool { return t.Line == line }); i >= 0 {
		return targetFigures()[i].Measure
	}
	return ""
}

// ForTarget is the indicator by which a target of a line and measure is told; false: it has
// no figure.
func ForTarget(line, measure string) (Indicator, bool) {
	for _, t := range targetFigures() {
		if t.Line == line && t.Measure == measure {
			all := Named(t.Figure)
			return all[0], true
		}
	}
	return Indicator{}, false
}
