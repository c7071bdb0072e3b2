package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
)

// asked is what the city publishes in the story: a question of the census form.
const asked = `kinds:
  - name: household
    extends: true
    fields:
      - {name: x.heating, label: {zh: 取暖方式, en: heating}, type: code, codes: x.heating}
codes:
  - name: x.heating
    standard: the city
    label: {zh: 取暖方式, en: heating}
    items:
      - {code: "1", zh: 集中供暖, en: district heating}
      - {code: "2", zh: 自采暖, en: own heating}
`

// playQuestion has the city publish a question, and a community answer it without a
// new program.
func playQuestion(ctx context.Context, c *City) (string, error) {
	file := filepath.Join(c.dir, "question.yaml")
	if err := os.WriteFile(file, []byte(asked), 0o600); err != nil {
		return "", fault.Wrap("write the question", err)
	}
	if _, err := c.cfg.Command(ctx, "schema", "publish", "--dir", c.root.dir, file); err != nil {
		return "", fault.Wrap("publish the question", err)
	}
	d := c.desks[len(c.desks)-1]
	c.voice.printLine("the city publishes a question of the household form; %s answers it as soon as it is there", d)
	err := c.until(ctx, func(context.Context) (string, error) {
		k, _ := d.tier.Replica.Schema.Kind("household")
		if _, known := k.Field("x.heating"); !known {
			return d.String() + " has not heard the question", nil
		}
		return "", nil
	})
	if err != nil {
		return "", err
	}
	home := sample.Record{ID: "demo-heating", Object: map[string]any{"head_name": "孙一", "address": "颐阳路1号", "x.heating": "2"}}
	if err := d.putRecords(ctx, "household", []sample.Record{home}); err != nil {
		return "", err
	}
	d.households = append(d.households, d.names("household", []sample.Record{home})...)
	err = c.until(ctx, func(ctx context.Context) (string, error) {
		seen, _, err := listIDs(ctx, c.root, "household", `x.heating = "2"`)
		if fault.Of(err) == fault.Invalid || fault.Of(err) == fault.Unavailable || err == nil && seen.sum() == 0 {
			return "the city has not seen the answer", nil
		}
		return "", err
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("one file published at the city; %s had the question with its next sync and answered, and the city counts by it: nobody installed anything", d), nil
}
