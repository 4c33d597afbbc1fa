#include "agent/config/yaml_node.h"
