package transfers

import (
	"strings"

	"tongbu/internal/tree"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// community is one that a record can be offered to.
type community struct {
	Code, Name string // Name has the street too, as communities of two streets may be called the same
	Initials   string

	plain string // the name alone
}

// all are the communities that stand, without this one, those of the own street first.
func allCommunities(v *visit.Visit) (all []community) {
	t, own := v.Site.Replica.Members.Tree(), v.Site.Replica.Members.Unit()
	if t == nil {
		return nil
	}
	var others []community
	for _, u := range t.Communities(t.Root().ID) {
		switch {
		case u.ID == own.ID:
		case u.Parent == own.Parent:
			all = append(all, communityOf(t, u))
		default:
			others = append(others, communityOf(t, u))
		}
	}
	return append(all, others...)
}

func communityOf(t *tree.Tree, u tree.Unit) community {
	c := community{Code: u.Code, Name: u.Name, Initials: strings.ToLower(desk.Spell(u.Name)), plain: u.Name}
	if above, known := t.Unit(u.Parent); known {
		c.Name += "（" + above.Name + "）"
	}
	return c
}

// communities answers with the list from which one is chosen while somebody types.
func communities(v *visit.Visit) error {
	return v.Shard("transfers/offer", "communities", allCommunities(v))
}

// chosen are the communities that a text means: one, where it is a code, a whole name or all
// that fits; else those that it may mean.
func chosen(v *visit.Visit, text string) (fit []community) {
	text = strings.TrimSpace(text)
	var named []community
	for _, c := range allCommunities(v) {
		switch {
		case c.Code == text || c.Name == text:
			return []community{c}
		case c.plain == text:
			named = append(named, c)
		case strings.Contains(c.Name, text) || strings.HasPrefix(c.Code, text):
			fit = append(fit, c)
		}
	}
	if len(named) > 0 {
		return named
	}
	return fit
}
