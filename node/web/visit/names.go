package visit

// Names says what somebody with a login of this station is called; of another login it
// says that. Logins of other stations are others' though they read the same: they are not
// to be asked about.
func (v *Visit) Names() (func(login string) string, error) {
	known := map[string]string{}
	all, err := v.Site.People.List()
	for _, p := range all {
		known[p.Login] = p.Name
	}
	return func(login string) string {
		if name := known[login]; name != "" {
			return name
		}
		return login
	}, err
}
