package web

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// errNoPasskeys says why there are no passkeys at this address.
var errNoPasskeys = console.Conflict("", "Passkeys work under the console’s public URL over https, or as localhost.")

// party is the console as passkeys know it, and whether browsers let pages at
// this address use them: over TLS, or on the machine itself, under a name.
func (s *Server) party(c echo.Context) (console.RelyingParty, bool) {
	host := c.Request().Host
	name, _ := hostName(host)
	party := console.RelyingParty{ID: name, Name: s.issuer(c), Origin: "http://" + host}
	if s.o.PublicURL != nil {
		if public, _ := hostName(s.o.PublicURL.Host); name != public {
			return party, name == "localhost"
		}
		party.Origin = s.o.PublicURL.Scheme + "://" + s.o.PublicURL.Host
	}
	_, err := netip.ParseAddr(name)
	return party, err != nil && (s.secure() || name == "localhost")
}

// issuer is how the console is called in a list of many.
func (s *Server) issuer(c echo.Context) string {
	return strings.TrimSpace("Latchkey " + s.svc.Settings(c.Request().Context()).Organization)
}

// localAddress is this page's address under the name that passkeys work with;
// empty if there is none.
func (s *Server) localAddress(c echo.Context) string {
	name, _ := hostName(c.Request().Host)
	ip, err := netip.ParseAddr(name)
	if s.o.PublicURL != nil || err != nil || !ip.IsLoopback() {
		return ""
	}
	_, port, err := net.SplitHostPort(c.Request().Host)
	if err != nil {
		return "http://localhost"
	}
	return "http://localhost:" + port
}

// The fields in which a form brings a proof of who sends it. What begins like
// them is never sent again.
const (
	proofFields   = "proof_"
	proofPassword = proofFields + "password"
	proofCode     = proofFields + "code"
	proofPasskey  = proofFields + "passkey"
	proofAsked    = proofFields + "asked"
)

// confirm takes the proof that a form brings along, of somebody who was asked
// for one, and then lets the form do what it is for.
func (s *Server) confirm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		form := c.Request().PostForm
		if !form.Has(proofAsked) {
			return next(c)
		}
		proof := console.Proof{Password: form.Get(proofPassword), Code: form.Get(proofCode), Passkey: form.Get(proofPasskey)}
		if !proof.Given() {
			return s.askProof(c, "")
		}
		party, _ := s.party(c)
		var proved console.Principal
		err := s.renew(c, func(hash, renewed string) (err error) {
			proved, err = s.svc.Prove(c.Request().Context(), actor(c), hash, renewed, party, proof)
			return err
		})
		if code := console.CodeOf(err); code == console.CodeUnproved || code == console.CodeLimited {
			_, p := s.describe(err, c)
			return s.askProof(c, p.Message)
		}
		if err != nil {
			return err
		}
		c.Set(actorKey, proved)
		c.Set(provedKey, true)
		return next(c)
	}
}

const provedKey = "proved"

// hasProved reports whether this very request brought a proof.
func hasProved(c echo.Context) bool {
	proved, _ := c.Get(provedKey).(bool)
	return proved
}

// askProof asks who sent a form to prove again who they are. The question holds
// all that they sent, and sends it with the proof to where it was meant for, so
// that nothing has to be typed again.
func (s *Server) askProof(c echo.Context, problem string) error {
	r := c.Request()
	account, err := s.svc.GetAccount(r.Context(), actor(c))
	if err != nil {
		return err
	}
	_, possible := s.party(c)
	p := views.ProofProps{
		Action: r.URL.RequestURI(), Sent: sent(r.PostForm), Problem: problem, Back: s.pageBefore(c),
		Password: account.HasPassword, Codes: account.Has(console.FactorCodes), Passkeys: possible && account.Has(console.FactorPasskey),
		Target: element(r, "HX-Target", "modal-root"), Form: element(r, "HX-Source", ""),
	}
	asked := r.PostForm.Has(proofAsked)
	if asked && problem == "" {
		p.Problem = p.Missing()
	}
	if !p.Password && !p.Codes && !p.Passkeys {
		p.Providers = s.svc.SignInProviders()
	}
	page := p
	page.Page = true
	status := answers[console.CodeUnproved].status
	if asked {
		return s.show(c, status, views.ProofPage(page), views.ProofAgain(p))
	}
	return s.show(c, status, views.ProofPage(page), views.ProofOver(p))
}

// sent is what a form sent, without what belongs to one sending only.
func sent(form url.Values) url.Values {
	all := maps.Clone(form)
	maps.DeleteFunc(all, func(name string, _ []string) bool { return name == "csrf" || strings.HasPrefix(name, proofFields) })
	return all
}

var elementID = regexp.MustCompile(`^[a-z]+#([a-z][a-z0-9-]*)$`)

// element is the id that a header of htmx names, or usual.
func element(r *http.Request, header, usual string) string {
	if parts := elementID.FindStringSubmatch(r.Header.Get(header)); parts != nil {
		return parts[1]
	}
	return usual
}

// pageBefore is a page to go back to instead of confirming: the one that a form
// was sent from, or the nearest one above the address that it was sent to.
func (s *Server) pageBefore(c echo.Context) string {
	if isHTMX(c.Request()) {
		return s.safeNext(currentURL(c.Request()).RequestURI())
	}
	return s.pageAbove(c)
}

// askProofPasskey answers POST /confirmation/question: what a browser asks of a
// passkey, as JSON.
func (s *Server) askProofPasskey(c echo.Context) error {
	row, _ := rowOf(c)
	party, possible := s.party(c)
	if !possible {
		return errNoPasskeys
	}
	options, err := s.svc.AskProof(c.Request().Context(), actor(c), row.Hash, party)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, options)
}

// requireFactor leads who needs a second factor and has none to the page where
// they set one up, and nowhere else.
func (s *Server) requireFactor(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		row, ok := rowOf(c)
		if !ok || !s.svc.LacksFactor(row.User) || openWithoutFactor(c.Path()) {
			return next(c)
		}
		if isHTMX(c.Request()) {
			c.Response().Header().Set("HX-Redirect", views.AccountPath())
			return c.NoContent(http.StatusForbidden)
		}
		return c.Redirect(http.StatusSeeOther, views.AccountPath())
	}
}

// openWithoutFactor reports whether a route is for people, too, who have yet to
// set up the second factor that they need. A token of theirs would get round it.
func openWithoutFactor(route string) bool {
	if strings.HasPrefix(route, views.AccountPath()+"/token") {
		return false
	}
	for _, start := range []string{views.AccountPath(), views.LogoutPath(), views.ThemePath(), "/confirmation/"} {
		if strings.HasPrefix(route, start) {
			return true
		}
	}
	return false
}

// isUnproved reports whether err asks for a proof that a form can bring.
func isUnproved(c echo.Context, err error) bool {
	known, ok := errors.AsType[*console.Error](err)
	return ok && known.Code == console.CodeUnproved && c.Request().PostForm != nil && actor(c).Known()
}
