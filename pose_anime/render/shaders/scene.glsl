// What every pass knows of the picture and of the material at hand. View space is left-handed:
// x right, y up, z away from the camera. Colours are 0..1, as MMD blends them (no gamma).

layout(std140) uniform Scene {
    mat4 view;
    mat4 projection;
    mat4 to_shadow_map;   // world space to coordinates in the shadow map and depth from the light, 0..1
    vec3 to_light;        // view space, unit length
    float edge_spread;    // width of an edge of size 1, in model units at depth 1
    vec4 light_ambient;
    vec4 light_diffuse;
    vec4 light_specular;
    float sample_spread;  // side of a sample of the picture, in model units at depth 1
    float shadow_texel;   // side of a texel of the shadow map, in model units
};

layout(std140) uniform Material {
    vec4 diffuse;
    vec3 ambient;
    float shininess;
    vec3 specular;
    float edge_size;
    vec4 edge_color;
    // What material morphs do to the pictures.
    vec4 texture_multiply, texture_add;
    vec4 sphere_multiply, sphere_add;
    vec4 toon_multiply, toon_add;
};
