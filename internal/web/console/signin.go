// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
)

// signInBody asks to sign in, or tells how to get a link.
type signInBody struct {
	Action  string // where the button posts; empty: there is none
	Expired bool   // the link was used, or its time is over
}

// askSignIn shows a button. Mail scanners follow links; they press no buttons.
func (c *Console) askSignIn(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is the key
	c.UI.Render(w, r, http.StatusOK, "console.signin", ui.Page{
		Title: ui.Say("console.signin"), Lead: ui.Say("console.signin.lead"), Site: "Lecito", Body: signInBody{Action: r.URL.Path},
	})
	return nil
}

// signIn uses the link up and lets its holder in.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := sameSite(r); err != nil {
		return err
	}
	session, _, err := c.Access.SignIn(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	web.SetSession(w, session, c.Secure)
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// signOut ends the session.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := c.Access.SignOut(r.Context(), web.Actor(r.Context()), web.SessionToken(r)); err != nil {
		return err
	}
	web.SetSession(w, access.Session{}, c.Secure)
	c.UI.Render(w, r, http.StatusOK, "console.signin", ui.Page{
		Title: ui.Say("console.signed_out"), Site: "Lecito", Body: signInBody{},
	})
	return nil
}

// sameSite refuses a form that another site sent: nobody is to be signed in as
// somebody else without knowing. The page tells no Referer, so older browsers
// tell no origin either ("null") and are let pass.
func sameSite(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return nil
	}
	if http.NewCrossOriginProtection().Check(r) != nil {
		return problem.New(problem.Forbidden, "cross_origin", "This form came from another site, and nothing was done.")
	}
	return nil
}
