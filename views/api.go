package views

import (
	"bytes"
	"embed"
	"net/url"
	"text/template"
)

// APIProps is the page that shows how programs use the GraphQL API.
type APIProps struct {
	// Endpoint is the address that takes queries.
	Endpoint string
	Examples []APIExample
}

// APIExample is a program that lists tokens, ready to be run with the token
// string in the variable TOKEN of its environment.
type APIExample struct {
	// ID is the example's in the page.
	ID string
	// Label says where it runs, and Name is a file name for it.
	Label, Name string
	Text        string
}

//go:embed examples
var exampleTemplates embed.FS

// apiExamples are those of LogScale's documentation of tokens().
var apiExamples = []APIExample{
	{ID: "curl", Label: "macOS or Linux, curl", Name: "curl.sh"},
	{ID: "oneline", Label: "macOS or Linux, curl in one line", Name: "oneline.sh"},
	{ID: "cmd", Label: "Windows Cmd and curl", Name: "windows.cmd"},
	{ID: "powershell", Label: "Windows PowerShell and curl", Name: "windows.ps1"},
	{ID: "perl", Label: "Perl", Name: "tokens.pl"},
	{ID: "python", Label: "Python", Name: "tokens.py"},
	{ID: "node", Label: "Node.js", Name: "tokens.js"},
}

// APIExamples are the examples for a console that is reached at base, an
// address without a slash at its end.
func APIExamples(base string) ([]APIExample, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	values := struct{ URL, Scheme, Host, Port, Path string }{base, u.Scheme, u.Hostname(), u.Port(), u.EscapedPath()}
	if values.Port == "" {
		values.Port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	var filled []APIExample
	for _, example := range apiExamples {
		parsed, err := template.New(example.Name).Delims("[[", "]]").Option("missingkey=error").ParseFS(exampleTemplates, "examples/"+example.Name)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := parsed.Execute(&text, values); err != nil {
			return nil, err
		}
		example.Text = text.String()
		filled = append(filled, example)
	}
	return filled, nil
}
