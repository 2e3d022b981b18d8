// Command assets builds static/dist from static/css and static/js. Run it
// from the root of the module: go run ./internal/assets. With -check it writes
// nothing and fails if the committed files are not what it would write.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if static/dist is out of date")
	flag.Parse()
	if err := run(".", *check); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

// run builds the assets of the module in root, or compares them.
func run(root string, check bool) error {
	built, err := build(root)
	if err != nil {
		return err
	}
	for _, file := range built {
		if !check {
			if err := os.WriteFile(file.Path, file.Contents, 0o644); err != nil {
				return err
			}
			continue
		}
		committed, err := os.ReadFile(file.Path)
		if err != nil {
			return err
		}
		if !bytes.Equal(committed, file.Contents) {
			return fmt.Errorf("%s is out of date: go run ./internal/assets", filepath.Base(file.Path))
		}
	}
	return nil
}

// build leaves the addresses of fonts as they are written, relative to dist.
func build(root string) ([]api.OutputFile, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:     root,
		EntryPoints:       []string{"static/css/app.css", "static/js/app.js", "static/js/passkey.js", "static/js/session.js", "static/js/unsaved.js"},
		EntryNames:        "[name]",
		Outdir:            "static/dist",
		External:          []string{"*.woff2"},
		Bundle:            true,
		Format:            api.FormatIIFE,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		Engines: []api.Engine{
			{Name: api.EngineChrome, Version: "125"},
			{Name: api.EngineFirefox, Version: "128"},
			{Name: api.EngineSafari, Version: "17.5"},
		},
	})
	var problems []error
	for _, message := range append(result.Errors, result.Warnings...) {
		problems = append(problems, errors.New(message.Text))
	}
	return result.OutputFiles, errors.Join(problems...)
}
