package station

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/archive"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// lead is the page of the head.
type lead struct {
	Accounts    []account
	Unconfirmed bool // some account is
	Waiting     []visit.Asked
	Closed      int // the last year that is closed; 0: none
	Open        int // the year that can be closed; 0: none
	Out         []archive.Volume
	New         people.Person // that could not be made
	visit.Wrong
	Roles []choice
}

// account is a person with what can be said of the account.
type account struct {
	people.Person
	Word   pages.Text // of the role
	Over   bool
	Locked string // for how long
	Mine   bool
	Key    string // in addresses: a login may be a name, and no name stands in one
}

// keyOf is what the address of an account's page calls it.
func keyOf(login string) string {
	sum := sha256.Sum256([]byte(login))
	return hex.EncodeToString(sum[:8])
}

// choice is a role to choose.
type choice struct {
	Role   people.Role
	Word   pages.Text
	Chosen bool
}

func roles(chosen people.Role) (all []choice) {
	for _, r := range []people.Role{people.Operator, people.Head, people.Viewer} {
		all = append(all, choice{r, visit.RoleText(r), r == chosen})
	}
	return all
}

func (r *room) showHead(v *visit.Visit) error {
	return r.headPage(v, http.StatusOK, lead{New: people.Person{Role: people.Operator}})
}

func (r *room) headPage(v *visit.Visit, status int, page lead) error {
	all, err := v.Site.People.List()
	if err != nil {
		return err
	}
	for _, p := range all {
		page.Accounts = append(page.Accounts, accountOf(v, p))
		page.Unconfirmed = page.Unconfirmed || !p.Confirmed && p.Ended == ""
	}
	voids, err := v.Voids() // the own ones too: they wait for another head
	if err != nil {
		return err
	}
	if page.Waiting, err = v.WithNames(voids); err != nil {
		return err
	}
	volumes, err := r.archive.Volumes(v.Ctx(), 0)
	if err != nil {
		return err
	}
	for _, one := range volumes {
		page.Closed = max(page.Closed, one.Year)
		if one.IsOut() {
			page.Out = append(page.Out, one)
		}
	}
	if last := lastYear(v); last > page.Closed {
		page.Open = last
	}
	page.Roles = roles(page.New.Role)
	return v.PageAs(status, "", "station/head", page)
}

func accountOf(v *visit.Visit, p people.Person) account {
	a := account{Person: p, Word: visit.RoleText(p.Role), Over: p.IsOver(v.Today()), Mine: p.Login == v.Who.Login, Key: keyOf(p.Login)}
	if p.LockedFor > 0 { // the last minute is one, not none
		a.Locked = pages.Span(v.Lang, p.LockedFor+time.Minute-1)
	}
	return a
}

func wrong(v *visit.Visit, err error) visit.Wrong {
	return visit.Wrong{Error: v.Lang.Line(err.Error()), Field: people.FieldOf(err)}
}

// mended says whether an error is one that the head can mend on the page.
func mended(err error) bool {
	switch fault.Of(err) {
	case fault.Invalid, fault.Denied, fault.Exhausted, fault.Busy:
		return true
	}
	return false
}

func (r *room) addAccount(v *visit.Visit) error {
	form := v.R.PostFormValue
	p := people.Person{Login: form("login"), Name: form("name"), Role: people.Role(form("role")), Until: dayOf(form("until"))}
	if _, err := v.Site.People.Add(v.Ctx(), v.Who.Login, p, form("password")); err != nil {
		if mended(err) {
			return r.headPage(v, http.StatusUnprocessableEntity, lead{New: p, Wrong: wrong(v, err)})
		}
		return err
	}
	return v.Go("/head")
}

// dayOf is a day as people write it, as one that is stored; what is no day stays.
func dayOf(text string) string {
	day, err := (&schema.Field{Type: schema.Date}).ParseText(text)
	if err != nil {
		return text
	}
	return day.Text()
}

// one is the page of an account.
type one struct {
	Account account
	MadeBy  string
	Roles   []choice
	Done    string // that was done just now; "": nothing
	visit.Wrong
	Part string // of the page where the error stands
}

func showAccount(v *visit.Visit) error {
	return accountPage(v, http.StatusOK, one{Done: done(v)})
}

func accountPage(v *visit.Visit, status int, page one) error {
	p, err := findAccount(v)
	if err != nil {
		return err
	}
	name, err := v.Names()
	if err != nil {
		return err
	}
	page.Account, page.MadeBy, page.Roles = accountOf(v, p), name(v.Here(), p.MadeBy), roles(p.Role)
	return v.PageAs(status, "", "station/account", page)
}

// done says in words what the address says was done.
func done(v *visit.Visit) string {
	switch v.R.URL.Query().Get("done") {
	case "change":
		return v.Say("已存下。", "Saved.")
	case "password":
		return v.Say("口令已重设，本人下次登录要先改。", "The new password is set; it is to be changed at the next sign-in.")
	case "unlock":
		return v.Say("已解锁，现在就能登录。", "Unlocked; signing in works again.")
	}
	return ""
}

func findAccount(v *visit.Visit) (people.Person, error) {
	all, err := v.Site.People.List()
	for _, p := range all {
		if keyOf(p.Login) == v.R.PathValue("key") {
			return p, err
		}
	}
	if err != nil {
		return people.Person{}, err
	}
	return people.Person{}, visit.NotFound()
}

// mend changes the account that the address names, and says on its page what went
// wrong.
func mend(v *visit.Visit, part string, c people.Change) error {
	p, err := findAccount(v)
	if err != nil {
		return err
	}
	err = v.Site.People.Change(v.Ctx(), v.Who.Login, p.Login, c)
	switch {
	case err != nil && mended(err):
		return accountPage(v, http.StatusUnprocessableEntity, one{Part: part, Wrong: wrong(v, err)})
	case err != nil:
		return err
	}
	return v.Go("/head/account/" + keyOf(p.Login) + "?done=" + part)
}

func changeAccount(v *visit.Visit) error {
	name, role, until := v.R.PostFormValue("name"), people.Role(v.R.PostFormValue("role")), dayOf(v.R.PostFormValue("until"))
	return mend(v, "change", people.Change{Name: &name, Role: &role, Until: &until})
}

func resetPassword(v *visit.Visit) error {
	password := v.R.PostFormValue("password")
	return mend(v, "password", people.Change{Password: &password})
}

func unlockAccount(v *visit.Visit) error { return mend(v, "unlock", people.Change{Unlock: true}) }

func endAccount(v *visit.Visit) error {
	p, err := findAccount(v)
	if err != nil {
		return err
	}
	err = v.Site.People.End(v.Ctx(), v.Who.Login, p.Login)
	switch {
	case err != nil && mended(err):
		return accountPage(v, http.StatusUnprocessableEntity, one{Part: "end", Wrong: wrong(v, err)})
	case err != nil:
		return err
	}
	return v.Go("/head")
}
