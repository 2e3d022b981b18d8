package views

import (
	"bytes"
	"embed"
	"net"
	"net/url"
	"strings"
	"text/template"
)

// A Connection is what the configuration of a gateway is made from.
type Connection struct {
	// URL is where the gateway reaches the console, without a path.
	URL string
	// Repository and Scopes are what a token takes; empty for no matter which.
	Repository string
	Scopes     []string
}

// ConnectProps is the page that shows how gateways and services ask.
type ConnectProps struct {
	Gateway      string
	Gateways     []Option
	Repository   string
	Repositories []Option
	Scopes       []ScopeGroup
	ScopeN       int
	// Needs says what a token takes.
	Needs string
	// Problem says what keeps gateways from being answered; empty if nothing does.
	Problem string
	Files   []ConfigFile
	// Probe asks as the gateway does, Introspection as a service with a token of
	// its own, and Verification as the holder of a token.
	Probe, Introspection, Verification string
}

// ConnectRegionID is the element that holds a ConnectFiles.
const ConnectRegionID = "connect-files"

// A Gateway is a kind of gateway that can ask the console.
type Gateway struct {
	// Name is the gateway's in the path that it asks.
	Name, Label string
	files       []configFile
}

type configFile struct{ template, name string }

// ConfigFile is a file for a gateway, ready to be used.
type ConfigFile struct{ Name, Text string }

// Gateways are all kinds of them, in the order in which they are offered.
var Gateways = []Gateway{
	{"nginx", "nginx", []configFile{{"nginx.conf", "latchkey.conf"}}},
	{"caddy", "Caddy", []configFile{{"Caddyfile", "Caddyfile"}}},
	{"traefik", "Traefik", []configFile{{"traefik.yml", "latchkey.yml"}}},
	{"envoy", "Envoy", []configFile{{"envoy.yaml", "envoy.yaml"}}},
	{"haproxy", "HAProxy", []configFile{{"haproxy.cfg", "haproxy.cfg"}, {"haproxy.lua", "latchkey.lua"}}},
	{"apache", "Apache", []configFile{{"apache.conf", "latchkey.conf"}, {"apache.lua", "latchkey.lua"}}},
}

// GatewayNamed is the kind of gateway of that name, else the first one.
func GatewayNamed(name string) Gateway {
	for _, g := range Gateways {
		if g.Name == name {
			return g
		}
	}
	return Gateways[0]
}

// IdentityHeaders name to the backend who passed; "-" stands for nothing.
var IdentityHeaders = []struct{ Name, Means string }{
	{"X-Token-Id", "The token’s GUID."},
	{"X-Token-Name", "Its name, percent-encoded."},
	{"X-Token-Scopes", "Its scopes, separated by spaces."},
	{"X-Token-Repository", "Its repositories, percent-encoded, separated by commas."},
	{"X-Token-Expires", "When it ends, in seconds since 1970."},
}

//go:embed connect
var configTemplates embed.FS

// Files are the configuration of a gateway of that kind. The texts hold nothing
// that could be read as anything but a part of an address.
func (c Connection) Files(g Gateway) ([]ConfigFile, error) {
	values, err := c.values(g)
	if err != nil {
		return nil, err
	}
	var files []ConfigFile
	for _, f := range g.files {
		parsed, err := template.New(f.template).Delims("<<", ">>").Option("missingkey=error").ParseFS(configTemplates, "connect/"+f.template)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := parsed.Execute(&text, values); err != nil {
			return nil, err
		}
		files = append(files, ConfigFile{Name: f.name, Text: text.String()})
	}
	return files, nil
}

// configValues are what the templates in connect can use.
type configValues struct {
	// URL is Scheme, "://" and Host. Dial is Host with a port in any case, and
	// Name and Port are its parts.
	URL, Scheme, Host, Dial, Name, Port string
	TLS                                 bool
	// Path says what is required, to this kind of gateway.
	Path string
	// PlainPath is Path without escapes, for Caddy, which adds them itself and
	// would escape escapes.
	PlainPath string
	Identity  []headerName
}

// A headerName is a header in the forms that configurations want.
type headerName struct{ Name string }

func (h headerName) Lower() string    { return strings.ToLower(h.Name) }
func (h headerName) Header() string   { return strings.ReplaceAll(h.Lower(), "-", "_") }
func (h headerName) Variable() string { return strings.TrimPrefix(h.Header(), "x_token_") }

// Spellings are the names that are h to services which take _ for -.
func (h headerName) Spellings() []string {
	spellings := []string{""}
	for i, part := range strings.Split(h.Name, "-") {
		var longer []string
		for _, s := range spellings {
			if i == 0 {
				longer = append(longer, part)
				continue
			}
			longer = append(longer, s+"-"+part, s+"_"+part)
		}
		spellings = longer
	}
	return spellings
}

// Headers are the names of the identity headers, for a list in one line.
func (v configValues) Headers() string { return v.join(headerName.name, " ") }

// Forwarding are the headers in which proxies tell of their clients.
func (configValues) Forwarding() []headerName {
	return []headerName{
		{"X-Forwarded-For"}, {"X-Forwarded-Host"}, {"X-Forwarded-Server"}, {"X-Forwarded-Proto"}, {"X-Forwarded-Method"}, {"X-Forwarded-Uri"},
		{"X-Original-Method"}, {"X-Original-URI"}, {"X-Real-IP"}, {"Forwarded"},
	}
}

// Quoted are their names for a list in Lua.
func (v configValues) Quoted() string {
	return v.join(func(h headerName) string { return `"` + h.Lower() + `"` }, ", ")
}

func (h headerName) name() string { return h.Name }

func (v configValues) join(form func(headerName) string, separator string) string {
	forms := make([]string, len(v.Identity))
	for i, h := range v.Identity {
		forms[i] = form(h)
	}
	return strings.Join(forms, separator)
}

func (c Connection) values(g Gateway) (configValues, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return configValues{}, err
	}
	v := configValues{
		URL: u.Scheme + "://" + u.Host, Scheme: u.Scheme, Host: u.Host, Name: u.Hostname(), Port: u.Port(),
		TLS: u.Scheme == "https", Path: c.Path(g.Name),
	}
	if v.PlainPath, err = url.PathUnescape(v.Path); err != nil {
		return configValues{}, err
	}
	if v.Port == "" {
		v.Port = map[bool]string{false: "80", true: "443"}[v.TLS]
	}
	v.Dial = net.JoinHostPort(v.Name, v.Port)
	for _, h := range IdentityHeaders {
		v.Identity = append(v.Identity, headerName{h.Name})
	}
	return v, nil
}

// Path is what a gateway of that kind asks.
func (c Connection) Path(gateway string) string {
	repository, scopes := "-", "-"
	if c.Repository != "" {
		repository = url.PathEscape(c.Repository)
	}
	if len(c.Scopes) > 0 {
		escaped := make([]string, len(c.Scopes))
		for i, scope := range c.Scopes {
			escaped[i] = url.PathEscape(scope)
		}
		scopes = strings.Join(escaped, ",")
	}
	return ForwardAuthPath(gateway, repository, scopes)
}
