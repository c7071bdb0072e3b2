package workbook

import (
	"fmt"
	"strings"
	"time"

	"tongbu/internal/report"
)

// summary has the figures of the report's unit.
func (b *book) summary() error {
	p, err := b.sheet("汇总表", []float64{22, 18, 10, 10, 10, 10, 9, 60}, []string{"指标", "分组", "数值", "分子", "分母", "本期新增", "目标", "口径"})
	if err != nil {
		return err
	}
	for i := range b.of.Figures {
		f := &b.of.Figures[i]
		if f.Unit != b.of.Unit.Code {
			continue
		}
		name, group, basis := b.labels(f)
		err := p.put(p.words(name), p.words(group), p.value(f), p.part(f), p.count(f.Denominator), p.count(f.Added), p.words(targetOf(f)), p.words(basis))
		if err != nil {
			return err
		}
	}
	return p.end()
}

// mostBeside is how many units stand side by side at most: a sheet has room for no more.
const mostBeside = 1000

// below are the report's unit and those right below it.
func (b *book) below() []report.Unit {
	units := []report.Unit{b.of.Unit}
	for _, u := range b.of.Units {
		if u.Parent == b.of.Unit.ID && len(units) < mostBeside {
			units = append(units, u)
		}
	}
	return units
}

// beside sets the units right below side by side.
func (b *book) beside() error {
	units := b.below()
	widths, header := []float64{22, 18}, []string{"指标", "分组"}
	for _, u := range units {
		widths, header = append(widths, 12), append(header, u.Name)
	}
	p, err := b.sheet("分单位表", widths, header)
	if err != nil {
		return err
	}
	for i := range b.of.Figures {
		f := &b.of.Figures[i]
		if f.Unit != b.of.Unit.Code {
			continue
		}
		name, group, _ := b.labels(f)
		cells := []any{p.words(name), p.words(group)}
		for _, u := range units {
			cells = append(cells, p.value(b.figures[place{u.Code, f.Indicator, f.Group}]))
		}
		if err := p.put(cells...); err != nil {
			return err
		}
	}
	return p.end()
}

// rows has all figures, to be filtered.
func (b *book) rows() error {
	p, err := b.sheet("明细", []float64{15, 22, 22, 18, 10, 10, 10, 10}, []string{"区划代码", "单位", "指标", "分组", "数值", "分子", "分母", "本期新增"})
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range b.of.Units {
		names[u.Code] = u.Name
	}
	for i := range b.of.Figures {
		f := &b.of.Figures[i]
		name, group, _ := b.labels(f)
		err := p.put(p.words(f.Unit), p.words(names[f.Unit]), p.words(name), p.words(group), p.value(f), p.part(f), p.count(f.Denominator), p.count(f.Added))
		if err != nil {
			return err
		}
	}
	return p.end()
}

// basis says of what was counted, and how to count again.
func (b *book) basis() error {
	p, err := b.sheet("编制说明", []float64{24, 90}, []string{"项目", "内容"})
	if err != nil {
		return err
	}
	r, c := b.of, &b.of.Coverage
	made := func(t time.Time) string { return t.In(b.zone).Format("2006-01-02 15:04:05 -07:00") }
	lines := [][2]string{
		{"报表编号", b.id},
		{"统计期", r.Period + "，" + r.From + " 至 " + r.Day + partialText(r)},
		{"编制", made(r.Made) + "，单位 " + r.By.Unit + "，设备 " + string(r.By.Device)},
		{"完整程度", fmt.Sprintf("截至 %s；计入社区 %d 个，其中未连通 %d 个；从未接入 %d 个；已知在途更改 %d 条；市中心尚未核定 %d 条", made(c.AsOf), c.Units, c.Silent, c.Absent, c.Pending, r.Unjudged)},
		{"统计依据", fmt.Sprintf("%d 个数据流，每个流的末位和校验值已记入签名的报表", len(r.Streams))},
		{"规则版本", fmt.Sprintf("统计规则 %d，数据字典 %d，市发布规则 %s，区划 %s", r.Rules.Facts, r.Rules.Schema, r.Rules.Published[:min(12, len(r.Rules.Published))], r.Rules.Tree[:min(12, len(r.Rules.Tree))])},
		{"数据校验值", r.Digest},
		{"核对方法", "tongbu report recount --dir DIR " + b.id[:16]},
	}
	if r.Corrects != "" {
		lines = append(lines, [2]string{"更正", "本表更正编号为 " + r.Corrects + " 的报表"})
	}
	for _, l := range lines {
		if err := p.put(p.words(l[0]), p.words(strings.TrimSpace(l[1]))); err != nil {
			return err
		}
	}
	return p.end()
}
