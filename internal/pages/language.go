package pages

import (
	"net/http"
	"strings"
	"time"

	"tongbu/internal/words"
)

// languageCookie keeps the language that somebody has chosen.
const languageCookie = "tongbu-lang"

// keepLanguage is how long a browser remembers it.
const keepLanguage = 365 * 24 * time.Hour

// LanguageOf is the language of who asks: the one chosen here before, else the
// browser's, else Chinese.
func LanguageOf(r *http.Request) words.Language {
	if c, err := r.Cookie(languageCookie); err == nil {
		switch l := words.Language(c.Value); l {
		case words.Chinese, words.English:
			return l
		}
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		switch primary, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(tag)), "-"); primary {
		case "zh":
			return words.Chinese
		case "en":
			return words.English
		}
	}
	return words.Chinese
}

// SetLanguage lets the browser remember a language.
func SetLanguage(w http.ResponseWriter, l words.Language) {
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: string(l), Path: "/", MaxAge: int(keepLanguage.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// Text is one text in both languages.
type Text struct{ Zh, En string }

// In is the text in a language.
func (t Text) In(l words.Language) string {
	if l == words.English {
		return t.En
	}
	return t.Zh
}
