module sluice.example/guardrail

go 1.24
