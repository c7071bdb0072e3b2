package duplicates

import (
	"tongbu/internal/change"
	"tongbu/internal/names"
	"tongbu/internal/schema"
)

// Keys are by what somebody who may be the same person is found. They are made of every new
// record, so the usual one, with a number of 18 characters that agrees with the rest, is not
// read in full; what they take for alike is compared then.
type Keys struct {
	Number string // the 15 digits that an old number and the new one have in common; "" for none
	Born   string // name and birth; "" where one is missing
	Sure   bool   // the number tells who it is
}

// KeysOf reads a record.
func KeysOf(value func(field string) change.Value) Keys {
	if k, usual := usualKeys(value); usual {
		return k
	}
	p := PersonOf("", value)
	k := Keys{Sure: p.IsSure()}
	if whole := p.Whole(); whole != "" {
		k.Number = whole[:6] + whole[8:17]
	}
	if p.Name != "" && p.Birth != "" {
		k.Born = p.Name + p.Birth
	}
	return k
}

func usualKeys(value func(field string) change.Value) (k Keys, usual bool) {
	number, birth, sex := value("id_number").Text(), value("birth_date").Text(), value("sex").Text()
	said, sure := schema.TrustedID(number)
	if !sure || said.Old || birth != "" && birth != said.Birth || sex != "" && sex != sexOf(said) {
		return k, false
	}
	k = Keys{Number: number[:6] + number[8:17], Sure: true}
	if name := names.Key(value("name").Text()); name != "" {
		k.Born = name + said.Birth
	}
	return k, true
}
