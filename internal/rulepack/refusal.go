package rulepack

import "fmt"

// Refusal is why something published cannot be used. It names a key, a line or a day.
type Refusal struct{ En, Zh string }

// refusal says what is wrong in both languages.
func refusal(en, zh string) *Refusal { return &Refusal{en, zh} }

// refuse says what is wrong with the value of a key.
func refuse(key, en, zh string) *Refusal { return refusal(key+": "+en, key+"："+zh) }

// wanted says which value a key takes.
func (k key) wanted() *Refusal {
	switch k.in(new(Rules)).(type) {
	case *bool:
		return refuse(k.name, "give true or false", "应为 true 或 false")
	case *int64:
		return refuse(k.name, fmt.Sprintf("give an amount in yuan from %d to %d, with two decimals at most", k.least, k.most),
			fmt.Sprintf("应为 %d 到 %d 元的金额，最多两位小数", k.least, k.most))
	}
	return refuse(k.name, fmt.Sprintf("give a whole number from %d to %d", k.least, k.most), fmt.Sprintf("应为 %d 到 %d 的整数", k.least, k.most))
}
