#!/bin/bash
# As the Apicurio image has it, as far as the lab uses it.
# shellcheck disable=SC2086 # several options in one variable
exec java ${JAVA_OPTIONS:-} -jar /deployments/apicurio-registry-app-*-runner.jar
