"""BPMN: reading diagrams, compiling them, and moving their instances on.

The only package that imports SpiffWorkflow. Pure: no database, file, network or clock. Callers use
`compile` and `interpreter`; the rest is theirs. docs/decisions/0002 says how and why.
"""
