// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"net/http"
	"slices"

	"golang.org/x/text/language"
)

// Languages are those every page speaks. The first is used when nothing else
// decides.
var Languages = []string{"en", "it", "fr", "de", "es"}

const languageCookie = "lecito_lang"

// Language says which language to answer a request in: the one in the address
// (?lang=), the one chosen before (a cookie), the one the browser asks for, the
// fallback, English; the first of these that we speak.
func Language(r *http.Request, fallback string) string {
	if l := r.URL.Query().Get("lang"); slices.Contains(Languages, l) {
		return l
	}
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(Languages, c.Value) {
		return c.Value
	}
	if l, ok := accepted(r.Header.Get("Accept-Language")); ok {
		return l
	}
	if slices.Contains(Languages, fallback) {
		return fallback
	}
	return Languages[0]
}

func accepted(header string) (string, bool) {
	asked, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return "", false
	}
	for _, tag := range asked {
		base, _ := tag.Base()
		if slices.Contains(Languages, base.String()) {
			return base.String(), true
		}
	}
	return "", false
}

// remember keeps the language named in the address for the pages that follow.
func remember(w http.ResponseWriter, r *http.Request) {
	l := r.URL.Query().Get("lang")
	if !slices.Contains(Languages, l) {
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // it holds no secret, and on a machine of one's own there is no TLS
		Name: languageCookie, Value: l, Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
}
