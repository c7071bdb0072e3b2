package main

import (
	"bytes"
	"os"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/CycloneDX/cyclonedx-gomod/pkg/generate/bin"
	"github.com/rs/zerolog"
)

// writeBill writes which modules a binary is made of, as CycloneDX: read from the binary
// itself. It bears no time and no number, which would make each another.
func (r *release) writeBill(t target) error {
	generator, err := bin.NewGenerator(r.path(r.binary(t)), bin.WithIncludeStdlib(true),
		bin.WithVersionOverride(r.version), bin.WithLogger(zerolog.New(os.Stderr).Level(zerolog.WarnLevel)))
	if err != nil {
		return err
	}
	bill, err := generator.Generate()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bill); err != nil {
		return err
	}
	return os.WriteFile(r.path(r.binary(t)+".cdx.json"), text.Bytes(), 0o644)
}
