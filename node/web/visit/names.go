package visit

// Here is this unit, as one of those that Names tells apart.
func (v *Visit) Here() string { return string(v.Site.Replica.Members.Unit().ID) }

// Names says what somebody of a unit is called: by the account's name in this one, by the
// login in others, whose logins may read the same. A unit is its id or its division code.
func (v *Visit) Names() (func(unit, login string) string, error) {
	known := map[string]string{}
	all, err := v.Site.People.List()
	for _, p := range all {
		known[p.Login] = p.Name
	}
	return func(unit, login string) string {
		if name := known[login]; name != "" && v.Site.Desk.IsHere(unit) {
			return name
		}
		return login
	}, err
}
