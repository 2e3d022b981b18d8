package oidctest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/console"
)

// A Liar is a provider that does what the standard says, unless a test makes it
// do otherwise. Nobody types anything there: whoever comes is Person.
type Liar struct {
	URL    string
	Person Person
	// Claims changes what an ID token says, Header its head.
	Claims func(claims map[string]any)
	Header func(header map[string]any)
	// Sign replaces the signature of an ID token; what it is over is given.
	Sign func(signed string) string
	// Return changes what the browser brings back.
	Return func(query url.Values)
	// Discovery changes how the provider describes itself.
	Discovery func(document map[string]any)
	// UserInfo changes what is said beside the token.
	UserInfo func(claims map[string]any)
	// Authenticated is when Person proved who they are; now if zero.
	Authenticated time.Time
	// Instead answers everything in place of the provider.
	Instead http.HandlerFunc
	// Away makes the provider fail.
	Away bool

	mu    sync.Mutex
	now   func() time.Time
	key   *rsa.PrivateKey
	codes map[string]url.Values
	asked map[string]int
}

// Key signs for all liars: making one takes long.
var key = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// StartLiar starts one that knows person, by the clock now.
func StartLiar(t testing.TB, person Person, now func() time.Time) *Liar {
	t.Helper()
	signing, err := key()
	if err != nil {
		t.Fatal(err)
	}
	l := &Liar{Person: person, now: now, key: signing, codes: map[string]url.Values{}, asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", l.describe)
	mux.HandleFunc("GET /authorize", l.authorize)
	mux.HandleFunc("POST /token", l.token)
	mux.HandleFunc("GET /keys", l.keys)
	mux.HandleFunc("GET /userinfo", l.userInfo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.asked[r.URL.Path]++
		if l.Away {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		if l.Instead != nil {
			l.Instead(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	l.URL = server.URL
	return l
}

// Set changes the liar between requests.
func (l *Liar) Set(change func(*Liar)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

// Asked is how often a path was asked for.
func (l *Liar) Asked(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked[path]
}

// Settings are those of the provider in the console.
func (l *Liar) Settings(id string) console.Provider {
	return console.Provider{
		ID: id, Label: "Northwind SSO", Issuer: l.URL, ClientID: ClientID,
		Asks: []string{"openid", "profile", "email"}, GroupsClaim: "groups", Create: true,
	}
}

// SignIn follows address and returns the one to which the provider leads back.
func (l *Liar) SignIn(t testing.TB, address string) string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	back := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusFound || back == "" {
		t.Fatalf("%s gives %s", address, answer.Status)
	}
	return back
}

func (l *Liar) describe(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": l.URL, "authorization_endpoint": l.URL + "/authorize", "token_endpoint": l.URL + "/token",
		"jwks_uri": l.URL + "/keys", "userinfo_endpoint": l.URL + "/userinfo",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
	if l.Discovery != nil {
		l.Discovery(document)
	}
	say(w, document)
}

func (l *Liar) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	code := rand.Text()
	l.codes[code] = asked
	query := url.Values{"code": {code}, "state": {asked.Get("state")}}
	if l.Return != nil {
		l.Return(query)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+query.Encode(), http.StatusFound)
}

// token gives an ID token for a code, once, to the client that was meant, with
// the verifier of the challenge and the address that were asked with.
func (l *Liar) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if id, secret := unescaped(id), unescaped(secret); id != ClientID || secret != ClientSecret {
		refuse(w, "invalid_client")
		return
	}
	asked, known := l.codes[r.FormValue("code")]
	delete(l.codes, r.FormValue("code"))
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !known || r.FormValue("redirect_uri") != asked.Get("redirect_uri") || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		refuse(w, "invalid_grant")
		return
	}
	claims := map[string]any{
		"iss": l.URL, "sub": l.Person.Subject, "aud": ClientID, "nonce": asked.Get("nonce"),
		"iat": l.now().Unix(), "exp": l.now().Add(5 * time.Minute).Unix(),
		"email": l.Person.Email, "email_verified": l.Person.Verified, "name": l.Person.Name, "groups": l.Person.Groups,
	}
	if asked.Get("max_age") != "" {
		at := l.Authenticated
		if at.IsZero() {
			at = l.now()
		}
		claims["auth_time"] = at.Unix()
	}
	if l.Claims != nil {
		l.Claims(claims)
	}
	say(w, map[string]any{"access_token": "an access token", "token_type": "Bearer", "expires_in": 300, "id_token": l.signed(claims)})
}

func (l *Liar) signed(claims map[string]any) string {
	header := map[string]any{"alg": "RS256", "typ": "JWT", "kid": "one"}
	if l.Header != nil {
		l.Header(header)
	}
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(header) + "." + part(claims)
	if l.Sign != nil {
		return text + "." + l.Sign(text)
	}
	sum := sha256.Sum256([]byte(text))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, l.key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (l *Liar) keys(w http.ResponseWriter, _ *http.Request) {
	say(w, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one",
		"n": base64.RawURLEncoding.EncodeToString(l.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(l.key.E)).Bytes()),
	}}})
}

func (l *Liar) userInfo(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		refuse(w, "invalid_token")
		return
	}
	claims := map[string]any{"sub": l.Person.Subject}
	if l.UserInfo != nil {
		l.UserInfo(claims)
	}
	say(w, claims)
}

func unescaped(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

func refuse(w http.ResponseWriter, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": word, "error_description": "a secret detail"})
}

func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
