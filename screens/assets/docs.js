// The API's documentation from the package that is built in: nothing is asked of another host.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

const place = document.getElementById("api-docs");
SwaggerUI({ domNode: place, url: place.dataset.url, deepLinking: true, validatorUrl: null, syntaxHighlight: false });
