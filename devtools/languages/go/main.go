// Compiles every schema, and validates its golden example: go run . SCHEMAS
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func main() {
	schemas := os.Args[1]
	names, err := filepath.Glob(filepath.Join(schemas, "events", "*.json"))
	if err != nil || len(names) == 0 {
		fmt.Println("no schemas in", schemas)
		os.Exit(1)
	}
	failed := 0
	for _, path := range names {
		if err := check(path, filepath.Join(schemas, "golden", filepath.Base(path))); err != nil {
			failed++
			fmt.Printf("%s: %v\n", filepath.Base(path), err)
		}
	}
	fmt.Printf("Go: %d of %d schemas compile, and take their example\n", len(names)-failed, len(names))
	if failed > 0 {
		os.Exit(1)
	}
}

func check(schemaPath, examplePath string) error {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaPath)
	if err != nil {
		return err
	}
	file, err := os.Open(examplePath)
	if err != nil {
		return err
	}
	defer file.Close()
	example, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		return err
	}
	return schema.Validate(example)
}
