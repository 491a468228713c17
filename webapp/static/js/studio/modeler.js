// bpmn-js with a properties panel that offers what is run here, and nothing else.
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  ZeebePropertiesProviderModule,
} from "bpmn-js-properties-panel";
import BpmnFactory from "bpmn-js/lib/features/modeling/BpmnFactory";
import Modeler from "bpmn-js/lib/Modeler";
import { CreateAppendAnythingModule } from "bpmn-js-create-append-anything";
import zeebeBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-cloud";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";

import { inDutch } from "./dutch.js";
import { OfferedProperties } from "./properties.js";

export function makeModeler({ canvas, properties, forms, words }) {
  const isDutch = document.documentElement.lang === "nl";
  return new Modeler({
    container: canvas,
    propertiesPanel: { parent: properties },
    moddleExtensions: { zeebe },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      ZeebePropertiesProviderModule,
      CreateAppendAnythingModule,
      zeebeBehaviors,
      {
        __init__: ["offeredProperties"],
        offeredProperties: ["type", OfferedProperties],
        offeredForms: ["value", { forms, words }],
        bpmnFactory: ["type", SnakeCaseFactory],
        ...(isDutch && { translate: ["value", inDutch] }),
        // They mark a task for an engine of another kind, and move forms about for it.
        createZeebeUserTaskBehavior: ["value", null],
        formsBehavior: ["value", null],
      },
    ],
  });
}

// Ids here are snake_case; FEEL reads a hyphen as minus, and what is published keeps its id.
class SnakeCaseFactory extends BpmnFactory {
  _ensureId(element) {
    const wasNamed = Boolean(element.id);
    super._ensureId(element);
    if (wasNamed || !element.id) return;
    const { ids } = this._model;
    ids.unclaim(element.id);
    element.id = element.id.toLowerCase();
    ids.claim(element.id, element);
  }
}
SnakeCaseFactory.$inject = ["moddle"];
