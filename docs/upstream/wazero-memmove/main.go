// Shows that bulk memory and table instructions overwrite a live register in wazero 1.8.0
// on processors where Go's memmove uses REP MOVSQ. See ../wazero-memmove.md.
package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/tetratelabs/wazero"
)

// Made from repro.wat: wat2wasm repro.wat -o repro.wasm && xxd -p -c 48 repro.wasm
const module = "" +
	"0061736d0100000001170260087f7f7f7e7e7e7e7e057e7e7e7e7e60037f7f7f00030706000000000001040501700080" +
	"080503010004075f060b6d656d6f72792e636f707900000b6d656d6f72792e66696c6c00010a7461626c652e636f7079" +
	"00020a7461626c652e66696c6c0003116d656d6f72792e636f70792c206c6f61640004116d656d6f72792e66696c6c20" +
	"616c6f6e6500050a8201061600200020012002fc0a0000200320042005200620070b1500200020012002fc0b00200320" +
	"042005200620070b1600200020012002fc0e0000200320042005200620070b15002000d0702002fc1100200320042005" +
	"200620070b1a00200020012002fc0a000020032004200520062007a72903000b0b00200020012002fc0b000b"

const fifth = 64 // what the fifth value must be after the instruction

var cases = []struct {
	function         string
	to, from, length uint64
}{
	{"memory.copy", 65536, 0, 2047},
	{"memory.copy", 65536, 0, 2048},
	{"memory.copy", 65544, 8, 4096}, // destination not on a 16-byte boundary: wrong only without AVX
	{"memory.copy", 64, 0, 2048},    // overlapping, destination above source: backward
	{"memory.copy", 0, 64, 2048},    // overlapping, destination below source: forward
	{"memory.fill", 65536, 0, 4095}, // memmove of 1, 2, 4, ... 1024 and 2047 bytes
	{"memory.fill", 65536, 0, 4096}, // the last memmove has 2048 bytes
	{"table.copy", 512, 0, 255},     // 8 bytes an element
	{"table.copy", 512, 0, 256},
	{"table.fill", 0, 0, 511}, // as memory.fill
	{"table.fill", 0, 0, 512},
	{"memory.copy, load", 65536, 0, 2048}, // the destroyed value is an address
	{"memory.fill alone", 65536, 0, 4096}, // the destroyed value is wazero's own
}

func main() {
	if len(os.Args) == 2 {
		number, err := strconv.Atoi(os.Args[1])
		if err != nil {
			panic(err)
		}
		runCase(number)
		return
	}
	fmt.Printf("%s, wazero %s, GODEBUG=%q\n", runtime.Version(), wazeroVersion(), os.Getenv("GODEBUG"))
	wrong := 0
	for number, c := range cases {
		// A separate process, because some of them crash.
		child := exec.Command(os.Args[0], strconv.Itoa(number))
		var stdout, stderr bytes.Buffer
		child.Stdout, child.Stderr = &stdout, &stderr
		outcome := "right"
		if err := child.Run(); err != nil {
			wrong++
			outcome = fmt.Sprintf("the process died, %v: %s", err, firstLine(stderr.String()))
		} else if stdout.Len() > 0 {
			wrong++
			outcome = stdout.String()
		}
		fmt.Printf("%-18s %5d <- %2d, %4d: %s\n", c.function, c.to, c.from, c.length, outcome)
	}
	if wrong > 0 {
		fmt.Printf("%d of %d wrong\n", wrong, len(cases))
		os.Exit(1)
	}
}

// runCase prints what is wrong, or nothing if the result is right.
func runCase(number int) {
	ctx := context.Background()
	code, err := hex.DecodeString(module)
	if err != nil {
		panic(err)
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	guest, err := runtime.Instantiate(ctx, code)
	if err != nil {
		panic(err)
	}
	c := cases[number]
	function := guest.ExportedFunction(c.function)
	arguments := []uint64{c.to, c.from, c.length, 1, 2, 3, 4, fifth}
	results, err := function.Call(ctx, arguments[:len(function.Definition().ParamTypes())]...)
	if err != nil {
		fmt.Print(firstLine(err.Error()))
	} else if len(results) == 5 && results[4] != fifth && c.function != "memory.copy, load" {
		fmt.Printf("the value %d became %#x", fifth, results[4])
	}
}

func wazeroVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == "github.com/tetratelabs/wazero" {
			return dependency.Version
		}
	}
	return "unknown"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
