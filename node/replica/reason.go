package replica

import (
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/system"
)

// Reason is why a change has no effect, and what can be done, in the words of the
// people who wrote it.
type Reason struct {
	En string `json:"en"`
	Zh string `json:"zh"`
	// How to put it right.
	FixEn string `json:"fix_en"`
	FixZh string `json:"fix_zh"`
}

// reasons are the rules that are not the schema's.
var reasons = map[string]Reason{
	"not_a_writer": {"units of this tier do not write such records", "本级单位不填写此类记录",
		"ask the unit that writes them to record it", "请由负责填写的单位录入"},
	"not_the_custodian": {"another unit holds this record", "该记录由其他单位管理",
		"ask that unit to change it, or have the record handed over", "请由管理该记录的单位修改，或办理移交"},
	"context_unknown": {"it builds on a change that the city does not have", "所依据的修改市级没有",
		"look at the record as it is now and put the values again", "请查看记录现状后重新填写"},
	system.UnknownCode: {"the city does not know the code yet", "市级尚不认识该代码",
		"wait: it counts as soon as the city knows it; if it is wrong, put the record again with another code", "请等待：市级认识该代码后自动生效；代码有误时请更正后重新填写"},
	system.MovedAway: {"this unit had heard that it gave the record to another", "本机已获知该记录移交其他单位",
		"wait: the unit that has the record takes it or drops it", "请等待：由现管理单位决定是否采用"},
	"dropped_there": {"the unit that has the record did not take it", "现管理单位未采用",
		"tell that unit what it should say", "请告知现管理单位如何填写"},
	"unreadable": {"the city could not read what this device sent", "市级无法读取本设备发出的数据",
		"update the program here, then put the values again", "请升级本机程序后重新填写"},
}

// fixValues is what helps when a check of the schema fails.
const (
	fixEn = "put the record again with these fields, corrected"
	fixZh = "请更正后重新填写这些字段"
)

// ReasonOf is the rule of a refusal in words. The message is what the city said of
// it; c is the change, nil where it is not at hand.
func (r *Replica) ReasonOf(rule, message string, c *change.Change) Reason {
	if said, ok := reasons[rule]; ok {
		if said.En != message && strings.HasPrefix(message, said.En) { // it names a unit, too
			said.Zh += strings.TrimPrefix(message, said.En)
			said.En = message
		}
		return said
	}
	said := Reason{En: message, Zh: message, FixEn: fixEn, FixZh: fixZh}
	if said.En == "" {
		said.En, said.Zh = "the city refused it by the rule "+rule, "市级按规则 "+rule+" 未予登记"
	}
	if c == nil {
		return said
	}
	k, ok := r.Schema.Kind(c.Kind)
	if !ok {
		return said
	}
	for _, p := range k.CheckHard(c.Fields) {
		if p.Rule != rule {
			continue
		}
		said.En, said.Zh = p.Field+": "+p.Message, p.Field+"："+p.Zh
		if f, ok := k.Field(p.Field); ok {
			said.En, said.Zh = f.Label.In("en")+": "+p.Message, f.Label.In("zh")+"："+p.Zh
		}
	}
	return said
}
