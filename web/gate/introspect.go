package gate

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// inactive is the whole answer about everything that is not active, so that
// the answer tells nobody why.
var inactive = []byte(`{"active":false}`)

// introspect answers POST /introspect.
func (g *gate) introspect(c echo.Context, q question) (outcome, error) {
	if q.credential() == "" {
		return 0, noCredential
	}
	ctx := c.Request().Context()
	caller, err := g.svc.Authenticate(ctx, q.credential(), console.Presenter{Address: g.client(c.Request()), Agent: c.Request().UserAgent()})
	if err != nil {
		return 0, g.strangerFailed(c, err)
	}
	if q.formErr != nil {
		return 0, q.formErr
	}
	text := q.form.Get("token")
	if text == "" {
		return 0, malformed("The form has no token.")
	}
	client, err := presentedFrom(q.form)
	if err != nil {
		return 0, err
	}
	found, err := g.svc.Introspect(ctx, caller, text, client)
	if err != nil {
		return 0, err
	}
	if !found.Active {
		if err := g.svc.CallerFailed(caller.GUID); err != nil {
			return 0, err
		}
		return outcomeOf(found), write(c, http.StatusOK, inactive)
	}
	room := answerRoom.Get().(*[]byte)
	defer answerRoom.Put(room)
	*room = appendActive((*room)[:0], &found.Token, g.issuer)
	return outcomeActive, write(c, http.StatusOK, *room)
}

// answerRoom is where answers about active tokens are made, of 512 bytes or what
// the longest takes. Nothing in them is secret.
var answerRoom = sync.Pool{New: func() any { room := make([]byte, 0, 512); return &room }}

// appendActive appends RFC 7662's answer about an active token, as package
// encoding/json writes it, in a fifth of the time: this is the answer that is
// given most.
func appendActive(b []byte, t *console.Token, issuer string) []byte {
	b = append(b, `{"active":true,"scope":"`...)
	for i, scope := range t.Scopes {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendQuoted(b, scope)
	}
	b = append(append(b, `","client_id":"`...), t.GUID...)
	if t.Owner.Name != "" {
		b = appendQuoted(append(b, `","username":"`...), t.Owner.Name)
	}
	b = append(b, `","token_type":"Bearer"`...)
	if !t.ValidTo.IsZero() {
		b = strconv.AppendInt(append(b, `,"exp":`...), t.ValidTo.Unix(), 10)
	}
	b = strconv.AppendInt(append(b, `,"iat":`...), t.CreatedAt.Unix(), 10)
	b = strconv.AppendInt(append(b, `,"nbf":`...), t.ActiveFrom().Unix(), 10)
	b = append(append(b, `,"sub":"`...), t.GUID...)
	for i, r := range t.Repositories {
		separator := `","`
		if i == 0 {
			separator = `","aud":["`
		}
		b = appendQuoted(append(b, separator...), r.Name)
	}
	b = append(b, '"')
	if len(t.Repositories) > 0 {
		b = append(b, ']')
	}
	if issuer != "" {
		b = append(appendQuoted(append(b, `,"iss":"`...), issuer), '"')
	}
	if t.Dashboard != "" {
		b = append(append(append(b, `,"dashboard":"`...), t.Dashboard...), '"')
	}
	return append(b, '}')
}

// plain is which bytes package encoding/json writes as they are.
var plain = func() (is [256]bool) {
	for c := ' '; c <= '~'; c++ {
		is[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	return is
}()

// appendQuoted appends text as it stands between the quotation marks of JSON.
func appendQuoted(b []byte, text string) []byte {
	for i := range len(text) {
		if !plain[text[i]] {
			quoted, _ := json.Marshal(text) // of a text it never fails
			return append(b, quoted[1:len(quoted)-1]...)
		}
	}
	return append(b, text...)
}

// presentedFrom is the address from which the caller was sent the token, in
// the form as an extension of RFC 7662; unknown if the caller does not say.
func presentedFrom(form form) (netip.Addr, error) {
	text := form.Get("ip")
	if text == "" {
		return netip.Addr{}, nil
	}
	client, ok := console.ParseAddr(text)
	if !ok {
		return netip.Addr{}, malformed("The ip is not an address, such as 10.0.0.1 or 2001:db8::1.")
	}
	return client, nil
}

func repositoryNames(t console.Token) []string {
	names := make([]string, len(t.Repositories))
	for i, r := range t.Repositories {
		names[i] = r.Name
	}
	return names
}
