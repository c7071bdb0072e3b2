package visit

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/words"
	"tongbu/node/desk"
)

// Failure is what the page of something that failed says: what happened, and where the
// data is.
type Failure struct {
	Title, What, Kept, Hint string
	Class                   string // of the note
	Back                    string // "": nowhere but home
}

// faultOf is the status and the words for an error. An error that nobody foresaw is the
// program's own, and its text is for the log.
func faultOf(v *Visit, err error) (int, Failure) {
	f := Failure{Class: "red", What: v.named(v.Lang.Line(err.Error())), Kept: v.Say("已存的都在，不受影响。", "What is saved is safe.")}
	if hint := fault.Hint(err); hint != "" && !strings.Contains(hint, "tongbu ") { // commands are for operators
		f.Hint = v.named(v.Lang.Line(hint))
	}
	var moved *desk.Moved
	if errors.As(err, &moved) {
		return http.StatusNotFound, v.movedTo(moved)
	}
	switch fault.Of(err) {
	case fault.Invalid:
		f.Title = v.Say("要改", "To be mended")
		return http.StatusUnprocessableEntity, f
	case fault.NotFound:
		f.Title = v.Say("没有这一页或这一条", "No such page or record")
		return http.StatusNotFound, f
	case fault.Denied:
		f.Title = v.Say("您的账号办不了这件事", "Your account may not do this")
		return http.StatusForbidden, f
	case fault.Full:
		f.Title, f.What = v.Say("硬盘满了", "The disk is full"), v.Say("这一条没存上。", "This one is not saved.")
		f.Kept = v.Say("已存的不受影响。请告诉区里的值守。", "The others are safe. Please tell the operator at the district.")
		return http.StatusInsufficientStorage, f
	case fault.Busy, fault.Unavailable, fault.Exhausted:
		f.Class, f.Title = "amber", v.Say("先等一下", "Not at the moment")
		return http.StatusServiceUnavailable, f
	}
	f.Title, f.What = v.Say("程序出了问题", "Something went wrong here"), v.Say("这一步没有做成，已写进日志。", "This step was not done; the log has it.")
	return http.StatusInternalServerError, f
}

// movedTo says where a record is that this unit gave away.
func (v *Visit) movedTo(m *desk.Moved) Failure {
	return Failure{Class: "amber", Title: v.Say("已移交"+m.To, "Transferred to "+m.To),
		What: v.Say("这条", "This ") + v.KindName(m.Kind) + v.Say("已于 ", " was transferred on ") + m.On + v.Say(" 移交给"+m.To+"，全部记录都在那边。", ", with everything that was written of it."),
		Kept: v.Say("在这里还没上报的改动没有丢，会转给他们。", "What was written here before it was known is not lost: it is passed on.")}
}

// named is a text with the kinds of records called as people call them: errors have the
// names by which programs know them.
func (v *Visit) named(text string) string {
	if v.Lang != words.Chinese { // in English many of the names are words of the sentence
		return text
	}
	return kindNames.ReplaceAllStringFunc(text, func(name string) string {
		if k, known := v.Site.Replica.Schema.Kind(strings.TrimSpace(name)); known {
			return k.Label.Zh
		}
		return name
	})
}

// kindNames finds what may be one, with the space that stands between scripts.
var kindNames = regexp.MustCompile(` ?\b[a-z][a-z_]+\b ?`)

// TooLarge is the error for what is larger than a number of bytes.
func TooLarge(most int64) error {
	return fault.New(fault.Invalid, "too large: at most %s; nothing was written", size(most))
}

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d KB", bytes>>10)
}

// NotYours is the error for what only a head may.
func NotYours() error {
	return fault.New(fault.Denied, "your account may not do this").WithHint("ask the head of the station")
}

// NotFound is the error for a page that is none.
func NotFound() error { return fault.New(fault.NotFound, "no such page") }
